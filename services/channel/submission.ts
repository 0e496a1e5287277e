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
  const { user, userRefusal: _, ...rest } = methods['settings.submit'].params.parse(params);
  if (user === undefined) return rest;
  try {
    const rendered = renderUserSettings(parseSettings(Buffer.from(user, 'base64'), 'user'));
    return { ...rest, user: Buffer.from(rendered).toString('base64') };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { ...rest, userRefusal: `${describeSettingsError(error)}. To do: ${error.hint}`.slice(0, 1000) };
  }
}
