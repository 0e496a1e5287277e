/** Errors of a file below /proc/PID whose process has ended. */
export const processGone: readonly string[] = ['ENOENT', 'ESRCH'];
/** Errors of a control group's file when the group has been removed. */
export const cgroupGone: readonly string[] = ['ENOENT', 'ENODEV'];

/** What is read of something that can go meanwhile. @returns undefined when it failed with one of `gone` */
export function ifThere<T>(read: () => T, gone: readonly string[]): T | undefined {
  try {
    return read();
  } catch (error) {
    if (gone.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
