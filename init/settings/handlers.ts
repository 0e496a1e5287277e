import { MinisignError } from '../../policy/minisign/error.ts';
import { parsePublicKey } from '../../policy/minisign/public-key.ts';
import { SettingsError } from '../../policy/settings/error.ts';
import { parseSettings } from '../../policy/settings/parse.ts';
import type { Params, SettingsNote } from '../../services/channel/protocol/methods.ts';
import { dockerdDefinition } from '../../services/dockerd/definition.ts';
import { type Handlers, Refusal } from '../channel/answer.ts';
import { writeDaemonConfiguration } from '../engine/configuration.ts';
import { ENGINE_PATH } from '../executables/expose.ts';
import type { Machine } from '../machine.ts';
import type { Submission } from './decide.ts';
import { unstored } from './record.ts';
import type { Plan } from './settings.ts';

type SettingsMethod =
  | 'settings.submit'
  | 'settings.get'
  | 'settings.plan'
  | 'settings.apply'
  | 'settings.enroll';
type Taken = Extract<Plan, { document: unknown }>;

/** What PID 1 does for the host's words about settings. */
export function settingsHandlers(machine: Machine): Pick<Handlers, SettingsMethod> {
  const { settings, log } = machine;
  let last: Promise<unknown> = Promise.resolve();
  /** One change after the other, whoever asks. */
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const turn = last.then(change);
    last = turn.catch(() => undefined);
    return turn;
  };
  const inForce = () => {
    const { policy, digest, notes } = settings;
    if (policy === undefined || digest === undefined)
      throw new Refusal('notYet', 'the settings of this boot are not sealed yet');
    return { policy, digest, notes: [...notes] };
  };
  const plan = (document: Parameters<typeof unstored>[0]): Taken => {
    inForce();
    const planned = settings.plan(unstored(document), new Date());
    if ('document' in planned) return planned;
    const { code, message, hint } = planned.verdict;
    log.write('warn', 'init', `settings were refused: ${message} (${code})`, { audit: 'settings' });
    throw new Refusal('refused', message, hint, code);
  };
  return {
    'settings.submit': async (params) => {
      const { admin, allowedOrganizations, required } = params;
      const user = readUser(params);
      const heard = notesOfUser(params);
      for (const { message } of heard) log.write('warn', 'init', message, { audit: 'settings' });
      const submission: Submission = {
        admin: admin && unstored(admin),
        user,
        allowedOrganizations,
        required,
      };
      if (!settings.submit(submission))
        throw new Refusal('refused', 'this boot has its settings already', 'Use `bulkhead policy apply`.');
      await settings.sealed;
      const { policy, digest, notes } = inForce();
      const { mode, organization, serial } = policy;
      return {
        mode,
        digest,
        ...(organization !== undefined && { organization }),
        ...(serial !== undefined && { serial }),
        notes: [...heard, ...notes],
      };
    },
    'settings.get': () => {
      const { trust } = settings;
      return {
        ...inForce(),
        ...(trust && { enrolled: { organization: trust.organization, keys: [...trust.keys] } }),
      };
    },
    'settings.plan': ({ admin }) => {
      const { verdict, changes } = plan(admin);
      return {
        serial: verdict.sealed.serial,
        changes,
        restart: needsRestart(changes) ? 'needed' : 'not-needed',
      };
    },
    'settings.apply': ({ admin, restart }) =>
      inTurn(async () => {
        const planned = plan(admin);
        const { verdict, changes } = planned;
        settings.adopt(planned);
        const { organization, serial } = verdict.sealed;
        log.write('info', 'init', `settings of ${organization}, serial ${serial}, are in force`, {
          audit: 'settings',
        });
        for (const { key, before, after } of changes)
          log.write(
            'info',
            'init',
            `setting ${key}: ${JSON.stringify(before)} became ${JSON.stringify(after)}`,
            {
              audit: 'settings',
            },
          );
        return {
          serial,
          changes,
          restart: await restartEngine(machine, needsRestart(changes), restart !== 'no'),
        };
      }),
    'settings.enroll': ({ organization, publicKey }) =>
      inTurn(async () => {
        inForce();
        const wrong = settings.enroll({ organization, keys: [keyLine(publicKey)] });
        if (wrong !== undefined)
          throw new Refusal(
            'refused',
            wrong,
            'Another key comes in a document that the present one signed (`nextKey`).',
            'enrolled',
          );
        log.write('info', 'init', `this machine belongs to ${organization} from now on`, {
          audit: 'settings',
        });
        return { organization };
      }),
  };
}

/** What the channel made of a user's document. */
function notesOfUser({ userRefusal, userWarnings }: Params<'settings.submit'>): SettingsNote[] {
  const refusal = userRefusal === undefined ? [] : [`your settings are not taken: ${userRefusal}`];
  const warnings = userWarnings.map((text) => `your settings, ${text}`);
  return [...refusal, ...warnings].map((message) => ({ level: 'warn', message }));
}

const needsRestart = (changes: Taken['changes']): boolean =>
  changes.some(({ takes }) => takes === 'engine-restart');

/** Containers go on meanwhile (live-restore). Where it is not wanted now, the engine reads the new file when it next starts. */
export async function restartEngine(
  { settings, supervisor, log }: Machine,
  needed: boolean,
  wanted: boolean,
): Promise<'not-needed' | 'needed' | 'done'> {
  writeDaemonConfiguration(settings.engine, 'go-on');
  if (!needed) return 'not-needed';
  if (!wanted) return 'needed';
  log.write('info', 'init', 'dockerd is started again; containers go on');
  await supervisor.restart('dockerd', AbortSignal.timeout(dockerdDefinition(ENGINE_PATH).timeouts.start));
  return 'done';
}

/** The channel has read it and rendered it anew: what comes is in order, or the channel is not. */
function readUser({ user }: { user?: string | undefined }): Submission['user'] {
  if (user === undefined) return undefined;
  try {
    return parseSettings(Buffer.from(user, 'base64'), 'user');
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new Refusal('refused', `the user's settings are not taken: ${error.message}`, error.hint);
  }
}

function keyLine(publicKey: string): string {
  try {
    parsePublicKey(publicKey);
  } catch (error) {
    if (!(error instanceof MinisignError)) throw error;
    throw new Refusal('refused', error.message, error.hint, error.code);
  }
  return publicKey.trim().split(/\r?\n/).at(-1) ?? '';
}
