#include "runc.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { CAP_SYS_RESOURCE = 24 }; /* linux/capability.h, which musl does not come with */

/* Written by whoever has CAP_SYS_RESOURCE, it is the least there can be without as well (fs/proc/base.c, __set_oom_adj). */
void be_killed_as_any_other(void) {
  if (geteuid() != 0) return; /* it may not, and is not killed last */
  int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0 || write(file, "0", 1) != 1) fail("oom_score_adj");
  close(file);
}

void give_up_resources(void) {
  const struct rlimit none = {0, 0};
  if (geteuid() != 0) return; /* it has nothing to give up */
  if (setrlimit(RLIMIT_NICE, &none) < 0 || setrlimit(RLIMIT_RTPRIO, &none) < 0) fail("limits of precedence");
  if (prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE, 0, 0, 0) < 0) fail("CAP_SYS_RESOURCE");
}
