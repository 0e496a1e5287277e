/**
 * What this project needs of a machine besides Node, and what for. One table: everything that is installed is
 * a row here, with its reason.
 *
 * @typedef {'build' | 'modules' | 'run' | 'test'} Purpose `modules`: npm packages with native parts
 * @typedef {object} Requirement
 * @property {string} name what is looked for, as a person knows it
 * @property {string} [command] found when this is in PATH
 * @property {string} [file] found when this file is there
 * @property {readonly string[]} [succeeds] found when this command, given an empty C program, ends well
 * @property {string} package Debian's and Ubuntu's package
 * @property {string} why
 * @property {readonly Purpose[]} for
 */

/** @type {readonly Requirement[]} */
export const REQUIREMENTS = [
  {
    name: 'QEMU',
    command: 'qemu-system-x86_64',
    package: 'qemu-system-x86',
    why: 'runs the VM',
    for: ['run', 'test'],
  },
  {
    name: "Debian's archive keys",
    file: '/usr/share/keyrings/debian-archive-keyring.gpg',
    package: 'debian-archive-keyring',
    why: "checks that the image's packages are Debian's",
    for: ['build'],
  },
  { name: 'gpgv', command: 'gpgv', package: 'gpgv', why: "checks the archive's signatures", for: ['build'] },
  {
    name: 'xz',
    command: 'xz',
    package: 'xz-utils',
    why: 'unpacks package lists and kernel modules',
    for: ['build'],
  },
  { name: 'dpkg-deb', command: 'dpkg-deb', package: 'dpkg', why: 'unpacks packages', for: ['build'] },
  {
    name: 'strip',
    command: 'strip',
    package: 'binutils',
    why: 'takes symbols out of programs',
    for: ['build'],
  },
  {
    name: 'musl',
    command: 'musl-gcc',
    package: 'musl-tools',
    why: 'builds the static programs of the VM',
    for: ['build'],
  },
  { name: 'make', command: 'make', package: 'make', why: 'npm builds node-pty with it', for: ['modules'] },
  { name: 'C++', command: 'g++', package: 'g++', why: 'npm builds node-pty with it', for: ['modules'] },
  {
    name: 'Python',
    command: 'python3',
    package: 'python3',
    why: 'npm builds node-pty with it',
    for: ['modules'],
  },
  {
    name: 'clang',
    command: 'clang',
    package: 'clang',
    why: 'tests the C programs under sanitizers',
    for: ['test'],
  },
  {
    // Its place has the compiler's version in it; clang only recommends it.
    name: "clang's sanitizers",
    succeeds: ['clang', '-fsanitize=address,undefined,fuzzer-no-link', '-x', 'c', '-', '-o', '/dev/null'],
    package: 'libclang-rt-dev',
    why: 'tests the C programs under sanitizers',
    for: ['test'],
  },
  {
    name: 'minisign',
    command: 'minisign',
    package: 'minisign',
    why: 'tests that signatures are the ones minisign makes',
    for: ['test'],
  },
  {
    name: 'SoftHSM',
    command: 'softhsm2-util',
    package: 'softhsm2',
    why: 'a PKCS #11 token, to try signing with keys that are no files',
    for: ['test'],
  },
  {
    name: 'OpenSC',
    command: 'pkcs11-tool',
    package: 'opensc',
    why: 'speaks to that token',
    for: ['test'],
  },
  {
    name: 'erofs-utils',
    command: 'fsck.erofs',
    package: 'erofs-utils',
    why: 'makes damaged images for tests',
    for: ['test'],
  },
  {
    name: 'veritysetup',
    command: 'veritysetup',
    package: 'cryptsetup-bin',
    why: 'tests that hash trees are the ones veritysetup makes',
    for: ['test'],
  },
  {
    name: 'sbsigntool',
    command: 'sbverify',
    package: 'sbsigntool',
    why: 'tests that the kernel image is signed as UEFI firmware wants it',
    for: ['test'],
  },
  {
    name: 'e2fsprogs',
    command: 'mke2fs',
    package: 'e2fsprogs',
    why: 'tests what is read of a data disk against real ones',
    for: ['test'],
  },
  {
    name: 'mmdebstrap',
    command: 'mmdebstrap',
    package: 'mmdebstrap',
    why: 'makes images for tests',
    for: ['test'],
  },
];

/** The Node that everything outside the VM runs on. */
export const LEAST_NODE = '20.15.0';

/**
 * @param {readonly Purpose[]} purposes
 * @param {(requirement: Requirement) => boolean} isPresent
 * @returns {Requirement[]} what is needed for one of the purposes and is not there
 */
export function missingRequirements(purposes, isPresent) {
  return REQUIREMENTS.filter(
    (row) => row.for.some((purpose) => purposes.includes(purpose)) && !isPresent(row),
  );
}

/**
 * @param {string} version such as `20.15.0`
 * @param {string} least
 */
export function isAtLeast(version, least) {
  const [have, want] = [version, least].map((text) =>
    text.split('.').map((part) => Number.parseInt(part, 10)),
  );
  for (let at = 0; at < 3; at++) {
    const difference = (have?.[at] ?? 0) - (want?.[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
