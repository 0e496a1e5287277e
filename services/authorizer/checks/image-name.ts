import { shown } from '../../warden/decision/refusal.ts';

/**
 * An image's name in full, without tag and digest, as ECI shows it: `docker` is `docker.io/library/docker`
 * (github.com/distribution/reference, normalize.go).
 */
export function shownImage(image: string): string {
  const name = image.replace(/@.*$/s, '').replace(/:[^/:]*$/, '');
  if (name === '' || /^(sha256:)?[0-9a-f]{64}$/.test(image)) return shown(image);
  const [first = ''] = name.split('/');
  const hasDomain = name.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  if (hasDomain) return shown(name);
  return shown(name.includes('/') ? `docker.io/${name}` : `docker.io/library/${name}`);
}
