/* SPDX-License-Identifier: Apache-2.0
 *
 * A 32-bit program that does nothing: whether it starts tells whether the kernel runs 32-bit programs (CONFIG_IA32_EMULATION).
 */
  .globl _start
_start:
  mov $1, %eax /* exit(0) */
  xor %ebx, %ebx
  int $0x80
  .section .note.GNU-stack, "", @progbits
