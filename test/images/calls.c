/*
 * calls: makes the system calls that docker's documentation names as blocked, and some newer ones, with arguments that make
 * no sense (all bits set), and prints the names of those that are refused before anybody looks at them: EPERM.
 * What a filter forbids and what a capability lacks look the same, as they do for a program.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* docs.docker.com/engine/security/seccomp, 'significant syscalls blocked by the default profile' */
#define CALLS(C)                                                                                                     \
    C(acct) C(add_key) C(bpf) C(clock_adjtime) C(clock_settime) C(delete_module) C(finit_module) C(get_mempolicy)     \
    C(init_module) C(ioperm) C(iopl) C(kcmp) C(kexec_file_load) C(kexec_load) C(keyctl) C(lookup_dcookie) C(mbind)    \
    C(mount) C(move_pages) C(name_to_handle_at) C(open_by_handle_at) C(perf_event_open) C(personality)                \
    C(pivot_root) C(process_vm_readv) C(process_vm_writev) C(ptrace) C(quotactl) C(reboot) C(request_key)             \
    C(set_mempolicy) C(setns) C(settimeofday) C(swapoff) C(swapon) C(sysfs) C(umount2) C(unshare) C(uselib)           \
    C(userfaultfd) C(ustat) C(adjtimex) C(chroot) C(fanotify_init) C(sethostname) C(setdomainname) C(syslog)

/* Newer than musl's list: arch/x86/entry/syscalls/syscall_64.tbl */
enum { NR_io_uring_setup = 425, NR_open_tree = 428, NR_move_mount, NR_fsopen, NR_fsmount = 432, NR_pidfd_getfd = 438,
       NR_mount_setattr = 442, NR_quotactl_fd = 443 };

static const struct { const char *name; long number; } calls[] = {
#define C(name) { #name, SYS_##name },
    CALLS(C)
#undef C
#define C(name) { #name, NR_##name },
    C(io_uring_setup) C(open_tree) C(move_mount) C(fsopen) C(fsmount) C(pidfd_getfd) C(mount_setattr) C(quotactl_fd)
#undef C
};

int main(void) {
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (syscall(calls[i].number, -1, -1, -1, -1, -1, -1) < 0 && errno == EPERM) printf("%s ", calls[i].name);
    printf("\n");
    return 0;
}
