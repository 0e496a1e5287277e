/*
 * /bin/mount as libfuse calls it after it has mounted by itself: `mount -f …` ("fake": only write /etc/mtab). That is
 * the kernel's own table here, so nothing is left to do. Any other call fails; this program mounts nothing.
 */
#include <string.h>

int main(int argc, char **argv) {
  for (int n = 1; n < argc; n++)
    if (strcmp(argv[n], "-f") == 0) return 0;
  return 1;
}
