/* SPDX-License-Identifier: Apache-2.0
 *
 * qemu-binfmt: the kernel calls this for every guest binary; it becomes the binary's twin, or qemu.
 *
 * It runs on each exec of a build, so it is made to vanish: no libc, no heap, no relocations, one page-in, ten system calls.
 */
#include "decide.h"
#include "fallback.h"
#include "preload.h"
#include "sys.h"
#include "trace.h"

_Noreturn void dispatch(uintptr_t *stack);

/* Returns only when the twin did not start. */
static void start_twin(const struct request *request, struct decision *decision) {
  char *given = NULL;
  if (decision->preload_slot != NULL) {
    given = *decision->preload_slot;
    *decision->preload_slot = decision->preload;
  }
  sys_execve(decision->twin, request->argv, request->envp);
  if (given != NULL) *decision->preload_slot = given;
}

_Noreturn void dispatch(uintptr_t *stack) {
  struct request request;
  if (request_read(stack, &request) != REQUEST_OK) {
    static const char usage[] = "qemu-binfmt is started by the kernel, through binfmt_misc\n";
    sys_write(2, usage, sizeof usage - 1);
    sys_exit(126);
  }
  preload_unmap(request.envp);
  struct decision decision;
  decide(&request, &decision);
  if (decision.is_traced) trace_write(decision.reason, request.path);
  if (reason_is_accelerated(decision.reason)) {
    start_twin(&request, &decision);
    /* An `E twin-failed` line takes back the `A` line that the same process wrote just before. */
    if (decision.is_traced) trace_write(REASON_TWIN_FAILED, request.path);
  }
  fallback_emulate(&request, &decision.fast_pauth);
}
