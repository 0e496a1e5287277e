/*
 * Loaded into a process: machine code of its own making, as a compiler at run time has it. How that went is in its
 * environment, NEW_CODE, and told before the load ends (which fails with Node: this is no module of its own).
 */
#include <stdlib.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static void *map(int protection) {
  return mmap(NULL, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

__attribute__((constructor)) static void make(void) {
  void *page = map(PROT_READ | PROT_WRITE);
  if (page == MAP_FAILED) abort();
  int later = mprotect(page, PAGE, PROT_READ | PROT_EXEC) == 0;
  munmap(page, PAGE);
  page = map(PROT_READ | PROT_WRITE | PROT_EXEC);
  int at_once = page != MAP_FAILED;
  if (at_once) munmap(page, PAGE); /* what stays would be sealed */
  static const char *const made[2][2] = {{"none", "at once"}, {"later", "later, at once"}};
  if (setenv("NEW_CODE", made[later][at_once], 1) != 0) abort();
}
