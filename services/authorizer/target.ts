import { shown } from '../warden/decision/refusal.ts';
import { Denied } from './denial.ts';

/** What a request is for, as dockerd's router will read it. */
export interface Target {
  /** Decoded, without the version. */
  path: string;
  query: URLSearchParams;
}

const LONGEST = 16_384;
/** moby, api/server/server.go: versionMatcher. Whether there is such a version is dockerd's to say, afterwards. */
const VERSION = /^\/v[0-9.]+(?=\/)/;

/**
 * Reads a request's URI as net/http and gorilla/mux do: percent signs are decoded once, then matched. Where they would
 * send the client elsewhere (`//`, `/../`) it is refused here; no client of docker sends such a path.
 * @throws Denied (endpoint)
 */
export function readTarget(uri: string): Target {
  if (uri.length > LONGEST) throw odd(uri, 'is too long');
  const at = uri.indexOf('?');
  const raw = at < 0 ? uri : uri.slice(0, at);
  if (!raw.startsWith('/')) throw odd(uri, 'is no path');
  let path: string;
  try {
    path = decodeURIComponent(raw);
  } catch (cause) {
    throw odd(uri, 'is badly encoded', cause);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u001f\u007f]/.test(path)) throw odd(uri, 'has control characters');
  if (path.split('/').some((part) => part === '.' || part === '..')) throw odd(uri, 'goes upwards');
  if (path.includes('//')) throw odd(uri, 'has an empty part');
  return { path: path.replace(VERSION, ''), query: readQuery(at < 0 ? '' : uri.slice(at + 1)) };
}

/** As url.ParseQuery of Go, which drops what has a semicolon or is badly encoded: nobody means that, so it is refused. */
function readQuery(text: string): URLSearchParams {
  if (text.includes(';')) throw odd(text, 'has a semicolon');
  if (/%(?![0-9a-fA-F]{2})/.test(text)) throw odd(text, 'is badly encoded');
  return new URLSearchParams(text);
}

function odd(text: string, why: string, cause?: unknown): Denied {
  return new Denied('endpoint', `the request's address ${why}: ${shown(text)}`, { cause });
}
