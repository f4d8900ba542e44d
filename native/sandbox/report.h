/* SPDX-License-Identifier: Apache-2.0
 *
 * What the launcher says on the control socket, one line each, for adapters/sandbox/launch.ts to put into words:
 *   pid <pid>                         process 1 of the sandbox waits for its id maps; pid as the launcher sees it
 *   skipped <operation>               an optional operation had no target
 *   failed <operation> <errno> <step> <operation> counts from 0; -1 is the launcher's own work
 *   exit <status> | signal <number>   how the command ended
 */
#ifndef EMUL_SANDBOX_REPORT_H
#define EMUL_SANDBOX_REPORT_H

/* One line, written with one call: several processes share the socket. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The status of a launcher that has reported why it could not do its work. */
#define EXIT_REPORTED 125

#endif
