/**
 * `testcontainers-session.ts IMAGE PORT`: a test run that uses testcontainers, as a process of its own, since it keeps
 * its engine and its reaper for as long as it lives, and tells by its end that it is over. Says what came of it in one
 * line, then stays until it is killed.
 */
import { GenericContainer, Wait } from 'testcontainers';
import type { Session } from './testcontainers.ts';

const [image = '', port = ''] = process.argv.slice(2);
const say = (session: Session) => process.stdout.write(`${JSON.stringify(session)}\n`);

async function begin(): Promise<Session> {
  const page = 'echo served > /tmp/page; httpd -p 80 -h /tmp; echo serving; exec sleep 100000';
  const container = await new GenericContainer(image)
    .withCommand(['sh', '-c', page])
    .withExposedPorts({ container: 80, host: Number(port) })
    .withCopyContentToContainer([{ content: 'copied', target: '/copied' }])
    .withWaitStrategy(
      Wait.forAll([Wait.forLogMessage('serving'), Wait.forListeningPorts(), Wait.forHttp('/page', 80)]),
    )
    .withStartupTimeout(300_000)
    .start();
  const answer = await fetch(`http://${container.getHost()}:${container.getMappedPort(80)}/page`);
  const { output } = await container.exec(['cat', '/copied']);
  return { container: container.getId(), served: (await answer.text()).trim(), copied: output };
}

begin().then(
  (session) => {
    say(session);
    setInterval(() => undefined, 60_000);
  },
  (error: unknown) => say({ refused: String(error) }),
);
