import { expect, test } from 'vitest';
import { type RuntimePolicy, strictRuntimePolicy } from '../../policy/runtime/policy.ts';
import { Conversation } from './conversation.ts';
import { factsFor, plain, privileged, requestFor } from './decision/fixtures.ts';
import { factsMessage, requestMessage } from './fixtures-wire.ts';
import { Ranges } from './ranges.ts';
import { MessageReader } from './wire.ts';

function conversation(policy: () => Partial<RuntimePolicy>): Conversation {
  return new Conversation({
    policy: () => ({ ...strictRuntimePolicy, ...policy() }),
    ranges: new Ranges(() => new Set()),
  });
}

function said(answers: readonly Buffer[]): string[] {
  const [message = []] = answers.flatMap((bytes) => new MessageReader().push(bytes));
  return message.map(String);
}

test('with isolation off, crun does as it was told; an exec is decided all the same', () => {
  const off = () => ({ isolation: false });
  expect(said(conversation(off).hear(requestMessage(requestFor(plain()))).answers)).toEqual(['pass']);
  const exec = {
    ...requestFor(plain()),
    verb: 'exec',
    document: Buffer.from(JSON.stringify(plain().process)),
  } as const;
  expect(said(conversation(off).hear(requestMessage(exec)).answers)[0]).toBe('plan');
});

test('a refusal says who set what stands behind it', () => {
  const request = requestFor(privileged());
  const talk = conversation(() => ({
    privileged: 'deny',
    standings: { 'bulkhead.privileged': { source: 'admin', locked: true } },
  }));
  expect(said(talk.hear(requestMessage(request)).answers)[0]).toBe('open');
  expect(talk.hear(factsMessage(factsFor(request))).refusal).toBe(
    "invalid or unsupported container spec: bulkhead containers can't be privileged " +
      '[rule privileged; setting bulkhead.privileged, locked by your administrator]',
  );
});

test('one conversation is decided by one policy, the next by the one in force then', () => {
  let isolation = true;
  const policy = () => ({ isolation });
  const request = requestFor(plain());
  const talk = conversation(policy);
  talk.hear(requestMessage(request));
  isolation = false;
  expect(said(talk.hear(factsMessage(factsFor(request))).answers)[0]).toBe('plan');
  expect(said(conversation(policy).hear(requestMessage(request)).answers)).toEqual(['pass']);
});

test('without a policy everything is refused', () => {
  const talk = new Conversation({
    policy: () => {
      throw new Error('the settings in force cannot be read');
    },
    ranges: new Ranges(() => new Set()),
  });
  expect(talk.hear(requestMessage(requestFor(plain()))).refusal).toContain('cannot be read');
});

test("a container that asks for the engine's socket has to get one first, where any may have it", () => {
  const mount = { destination: '/s', type: 'bind', source: '/run/docker.sock', options: ['rbind'] };
  const request = requestFor({ ...plain(), mounts: [...plain().mounts, mount] });
  const asked = (sockets: boolean) =>
    conversation(() => ({ sockets })).hear(requestMessage(request)).socketFor;
  expect(asked(true)).toBe(request.id);
  expect(asked(false)).toBeUndefined();
  expect(
    conversation(() => ({ sockets: true })).hear(requestMessage(requestFor(plain()))).socketFor,
  ).toBeUndefined();
});
