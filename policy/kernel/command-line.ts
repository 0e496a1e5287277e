/** A word of the kernel's command line, why it is there, and where that is said. */
export interface KernelWord {
  word: string;
  reason: string;
  source: string;
}

const parameters = 'Documentation/admin-guide/kernel-parameters.txt';

/**
 * The words that every boot has: the image's manifest names them, and PID 1 holds a boot that lacks one or has another
 * (init/commandline.ts). What is not here because Debian's kernel does it anyway, or because it costs more than it
 * gives, is in docs/kernel.md.
 */
export const kernelWords: readonly KernelWord[] = [
  { word: 'console=ttyS0', reason: 'the log console', source: parameters },
  { word: 'quiet', reason: 'only warnings of the kernel on it', source: parameters },
  {
    word: 'panic=-1',
    reason: 'a panic ends the VM at once, and the launcher sees it',
    source: parameters,
  },
  {
    word: 'lockdown=confidentiality',
    reason:
      'root of the VM cannot change or read the running kernel: /dev/mem, kcore, kprobes, BPF reads of its memory',
    source: 'kernel_lockdown(7)',
  },
  {
    word: 'module.sig_enforce=1',
    reason: "only modules signed with the key of the kernel's own build",
    source: 'Documentation/admin-guide/module-signing.rst',
  },
  {
    word: 'slab_nomerge',
    reason: 'caches of different objects share no memory: a use after free reaches fewer kinds',
    source: parameters,
  },
  {
    word: 'page_alloc.shuffle=1',
    reason: 'free pages are handed out in no foreseeable order',
    source: parameters,
  },
  { word: 'hash_pointers=always', reason: 'no kernel address in a message', source: parameters },
  { word: 'debugfs=off', reason: "no debug interface of the kernel's", source: parameters },
  {
    word: 'bdev_allow_write_mounted=0',
    reason: 'a mounted disk cannot be written below its file system',
    source: parameters,
  },
  {
    word: 'proc_mem.force_override=ptrace',
    reason: '/proc/PID/mem writes to read-only memory of a process only for its debugger',
    source: parameters,
  },
  {
    word: 'transparent_hugepage=madvise',
    reason: 'huge pages for programs that ask: with `always` khugepaged walks all memory of an idle VM',
    source: 'Documentation/admin-guide/mm/transhuge.rst',
  },
  {
    word: 'damon_stat.enabled=0',
    reason: 'no sampling of memory that nobody reads: an idle VM sleeps',
    source: 'Documentation/admin-guide/mm/damon/stat.rst',
  },
  {
    word: 'no_timer_check',
    reason:
      'the check of the timer counts time, and panics where the host gives an emulated CPU none for a while',
    source: `${parameters}; arch/x86/kernel/apic/io_apic.c, timer_irq_works`,
  },
];
