/* A library without a twin, for LD_PRELOAD: uname says `preloaded`. */
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

int uname(struct utsname *names) {
  int result = (int)syscall(SYS_uname, names);
  strcpy(names->machine, "preloaded");
  return result;
}
