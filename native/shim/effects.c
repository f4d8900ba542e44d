/* SPDX-License-Identifier: Apache-2.0
 *
 * The wrappers of PLAIN_EFFECTS. Each one notes that it was called and jumps on, whatever its arguments are:
 *
 *   fork:  lea   effect_fork(%rip), %r11
 *          jmp   note_and_go_on
 *
 * A jump, because vfork returns twice and others look at the stack; r10 and r11, because no caller keeps anything in them,
 * while rax holds a count for functions with a variable number of arguments. On i386 all arguments are on the stack, and
 * eax, ecx and edx are free; code finds its own address by a call to the next instruction.
 */
#include "effects.h"

#include "effects-32.h"
#include "next.h"

const char *first_effect;
uint64_t read_descriptors;

/* Where the real function's address is kept is in .bss: a program's start touches no page for it. */
struct effect {
  int32_t kept; /* relative to this word */
  char name[];
};

/* Called with all registers saved. Where the C library has no such function, nobody could have called it. */
__attribute__((used)) void *effect_next(const struct effect *effect);
void *effect_next(const struct effect *effect) {
  return next_symbol((void **)((const char *)effect + effect->kept), effect->name);
}

#ifdef __x86_64__
#define LOAD_AND_GO(function) #function ": lea effect_" #function "(%rip), %r11\n"
#else
#define LOAD_AND_GO(function) #function ": call 1f\n1: pop %ecx\nadd $effect_" #function " - 1b, %ecx\n"
#endif

#define ENTRY(function) \
  __asm__(".pushsection .bss.effects, \"aw\", @nobits\n" \
          ".balign 8\n" \
          "kept_" #function ": .zero 8\n" \
          ".popsection\n" \
          ".pushsection .rodata.effects, \"a\"\n" \
          ".balign 4\n" \
          "effect_" #function ": .long kept_" #function " - .\n" \
          ".asciz \"" #function "\"\n" \
          ".popsection\n" \
          ".pushsection .text.effects, \"ax\"\n" \
          ".globl " #function "\n" \
          ".type " #function ", @function\n" \
          LOAD_AND_GO(function) \
          "jmp note_and_go_on\n" \
          ".size " #function ", . - " #function "\n" \
          ".popsection\n");

PLAIN_EFFECTS(ENTRY)

#ifdef __x86_64__

/* At `find`, the stack is 8 bytes off a multiple of 16; 7 pushes and 128 bytes align it for the call. */
__asm__(".pushsection .text.effects, \"ax\"\n"
        "note_and_go_on:\n"
        "  cmpq $0, first_effect(%rip)\n"
        "  jne 1f\n"
        "  lea 4(%r11), %r10\n"
        "  mov %r10, first_effect(%rip)\n"
        "1: movslq (%r11), %r10\n"
        "  mov (%r11, %r10), %r10\n"
        "  test %r10, %r10\n"
        "  je find\n"
        "  jmp *%r10\n"
        "find:\n"
        "  push %rdi\n  push %rsi\n  push %rdx\n  push %rcx\n  push %r8\n  push %r9\n  push %rax\n"
        "  sub $128, %rsp\n"
        "  movups %xmm0, (%rsp)\n  movups %xmm1, 16(%rsp)\n  movups %xmm2, 32(%rsp)\n  movups %xmm3, 48(%rsp)\n"
        "  movups %xmm4, 64(%rsp)\n  movups %xmm5, 80(%rsp)\n  movups %xmm6, 96(%rsp)\n  movups %xmm7, 112(%rsp)\n"
        "  mov %r11, %rdi\n"
        "  call effect_next\n"
        "  mov %rax, %r10\n"
        "  movups (%rsp), %xmm0\n  movups 16(%rsp), %xmm1\n  movups 32(%rsp), %xmm2\n  movups 48(%rsp), %xmm3\n"
        "  movups 64(%rsp), %xmm4\n  movups 80(%rsp), %xmm5\n  movups 96(%rsp), %xmm6\n  movups 112(%rsp), %xmm7\n"
        "  add $128, %rsp\n"
        "  pop %rax\n  pop %r9\n  pop %r8\n  pop %rcx\n  pop %rdx\n  pop %rsi\n  pop %rdi\n"
        "  jmp *%r10\n"
        ".popsection\n");
#else
PLAIN_EFFECTS_32(ENTRY)

/* At `find`, the stack is 4 bytes off a multiple of 16, below the caller's return address. */
__asm__(".pushsection .text.effects, \"ax\"\n"
        "note_and_go_on:\n"
        "  call 1f\n"
        "1: pop %edx\n"
        "  cmpl $0, first_effect - 1b(%edx)\n"
        "  jne 2f\n"
        "  lea 4(%ecx), %eax\n"
        "  mov %eax, first_effect - 1b(%edx)\n"
        "2: mov (%ecx), %eax\n"
        "  mov (%ecx, %eax), %eax\n"
        "  test %eax, %eax\n"
        "  je find\n"
        "  jmp *%eax\n"
        "find:\n"
        "  sub $8, %esp\n"
        "  push %ecx\n"
        "  call effect_next\n"
        "  add $12, %esp\n"
        "  jmp *%eax\n"
        ".popsection\n");
#endif
