/** Starts every service; see init/launch/. */
export const LAUNCH = '/usr/libexec/bulkhead/launch';

/** Executables whose content was checked against the signed manifest, held open since. */
export interface ExecutableStore {
  /**
   * @param path as the manifest lists it.
   * @returns the descriptor that was hashed: executing it runs the bytes that were checked.
   * @throws when `path` is not listed, or did not pass.
   */
  descriptor(path: string): number;
}
