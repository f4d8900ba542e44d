/* SPDX-License-Identifier: Apache-2.0
 *
 * At process entry %rsp points at argc; argv, envp and the auxiliary vector follow (System V ABI, x86-64, 3.4.1).
 * dispatch() gets that address: the vectors are used, and changed, where the kernel put them. Two words in front of argc stay
 * free (EMULATOR_ROOM of emulators.h).
 */
	.text
	.globl _start
	.type _start, @function
_start:
	xorl %ebp, %ebp
	movq %rsp, %rdi
	subq $16, %rsp
	andq $-16, %rsp
	call dispatch
	hlt
	.size _start, . - _start
	.section .note.GNU-stack, "", @progbits
