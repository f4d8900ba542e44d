/* SPDX-License-Identifier: Apache-2.0
 *
 * What the twins' loader does before it gives up.
 *
 * execve(2) is over when the loader looks for a twin's libraries, so the dispatcher cannot help any more where one is
 * missing: `rm -rf /emul` was faster, or somebody took it away. glibc's loader then calls _dl_fatal_printf, which prints and
 * exits. In the copy of the loader that an emul tree gets, src/adapters/twin/loader-rescue.ts has that function jump here first:
 * this starts the dispatcher, in the form in which the kernel does, and the dispatcher starts the program under emulation.
 * Nobody has seen anything of the process yet. A loader that finds everything never comes here: it costs nothing.
 *
 * The code lies in the place of _dl_mcount, which only LD_PROFILE has called, and with that the dispatcher starts no twin.
 */
#include <asm/unistd_64.h>
#include <linux/auxvec.h>

#define R_DEBUG_STATE 24 /* of struct r_debug, link.h: RT_ADD while objects are being loaded */
#define RT_ADD 1
#define FIRST_INSTRUCTION_SIZE 7
#define JMP_32 0xe9

  /* For loader-rescue.ts: the size, and what it fills in, as offsets from `code`. Each distance is added to what is there. */
  .text
  .long code_end - code
  .long state_end - 5 - code               /* 32 bits: from `code` to _r_debug */
  .long stack_end - 4 - code               /* 32 bits: from `code` to __libc_stack_end */
  .long first_instruction - code           /* 7 bytes: the first instruction of _dl_fatal_printf, which is a jump now */
  .long rest_end - 4 - code                /* 32 bits: from `code` to what follows it */

code:
  /* All that may hold an argument of _dl_fatal_printf, and that is changed here. */
  push %rax
  push %rcx
  push %rdx
  push %rsi
  push %rdi
  /* Later, code of the program has run, and done who knows what. */
  cmpl $RT_ADD, code + R_DEBUG_STATE(%rip)
state_end:
  jne give_up
  /* The process's first stack: argc, argv, NULL, envp, NULL, the auxiliary vector. */
  mov code(%rip), %rsi
stack_end:
  mov (%rsi), %rax
  lea 16(%rsi,%rax,8), %rdx
  mov %rdx, %rdi
find_vector:
  cmpq $0, (%rdi)
  lea 8(%rdi), %rdi
  jne find_vector
find_twin:
  mov (%rdi), %rax
  test %rax, %rax
  jz give_up
  cmp $AT_EXECFN, %rax
  mov 8(%rdi), %rcx
  lea 16(%rdi), %rdi
  jne find_twin
  /* As binfmt_misc does with flag P: dispatcher, path, argv[0], ... The word below argc is the loader's, and in no use. */
  mov (%rsi), %rax
  mov %rcx, (%rsi)
  lea dispatcher(%rip), %rdi
  mov %rdi, -8(%rsi)
  push %rsi
  push %rax
  sub $8, %rsi
  mov $__NR_execve, %eax
  syscall
  pop %rax
  pop %rsi
  mov %rax, (%rsi)
give_up:
  pop %rdi
  pop %rsi
  pop %rdx
  pop %rcx
  pop %rax
first_instruction:
  .skip FIRST_INSTRUCTION_SIZE, 0x90
  .byte JMP_32
  .long code - rest_end
rest_end:
dispatcher:
code_end: /* loader-rescue.ts appends the dispatcher's path */
