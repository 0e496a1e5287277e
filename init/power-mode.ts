/** How the VM ends. */
export type PowerMode = 'poweroff' | 'reboot';
