import { describeSettingsError, SettingsError } from '../../policy/settings/error.ts';
import { parseSettings } from '../../policy/settings/parse.ts';
import { renderUserSettings } from '../../policy/settings/render.ts';
import { methods, type Params } from './protocol/methods.ts';

/**
 * What PID 1 gets of `settings.submit`. A user's document is anybody's text: it is read here, in a process without
 * privileges, and PID 1 gets what was read, rendered anew, or why it was not taken. A signed document passes as
 * it is, since PID 1 reads nothing of it before its signature holds.
 */
export function renderSubmission(params: unknown): Params<'settings.submit'> {
  const said = methods['settings.submit'].params.parse(params);
  const { user, userRefusal: _, ...others } = said;
  const rest = { ...others, userWarnings: [] };
  if (user === undefined) return rest;
  try {
    const read = parseSettings(Buffer.from(user, 'base64'), 'user');
    const warnings = read.warnings.map(describeSettingsError).map((text) => text.slice(0, 1000));
    return {
      ...rest,
      user: Buffer.from(renderUserSettings(read)).toString('base64'),
      userWarnings: warnings.slice(0, 100),
    };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { ...rest, userRefusal: `${describeSettingsError(error)}. To do: ${error.hint}`.slice(0, 1000) };
  }
}
