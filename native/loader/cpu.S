/* SPDX-License-Identifier: Apache-2.0
 *
 * What the twins' loader hears when it asks for its processor.
 *
 * Before it loads anything, glibc's loader executes CPUID some forty times: for the features that choose a memcpy, and for the
 * sizes of caches that tune it. In a virtual machine, where builds mostly run, each CPUID is an exit to the hypervisor. That
 * was 0.24 ms of the 0.6 ms that /usr/bin/true took. In the copy of the loader that an emul tree gets,
 * src/adapters/twin/loader-cpu.ts has every CPUID come here instead.
 *
 * Features are those of this very processor, asked anew in every process, so that a tree may move to another machine:
 * leaves 0 (how many leaves), 1, 7 and 0x80000001. All else has one answer for every machine, that of a plain processor of
 * AMD's family 17h: that choice only says in which leaves the loader looks for the sizes of caches. Leaf 0xd is the size of
 * what XSAVE writes, as it is without XSAVEC: enough for all that the loader saves (its mask ends at PKRU).
 *
 * Sources: Intel SDM volume 2A, CPUID; AMD64 APM volume 3, appendix E; glibc's sysdeps/x86/cpu-features.c, which asks.
 */
#define MAX_LEAF 0xd
#define FAMILY_17H 0x00800f12
#define ONE_THREAD_LINES_OF_64_BYTES 0x00010800
#define ANY 0xffffffff
#define VENDOR .long 0x68747541, 0x444d4163, 0x69746e65 /* AuthenticAMD in ebx, ecx, edx */
#define ROW_SIZE 24
#define LEAF 0
#define SUBLEAF 4
#define EAX 8
#define EBX 12
#define ECX 16
#define EDX 20

  .text
  /* For loader-cpu.ts: called like a function; changes what CPUID changes, and the flags. */
cpuid_answer:
  test %eax, %eax
  jz leaf_0
  cmp $1, %eax
  je leaf_1
  cmp $7, %eax
  jne not_7
  test %ecx, %ecx
  jz ask
not_7:
  cmp $0x80000001, %eax
  je ask

  push %rsi
  lea answers - ROW_SIZE(%rip), %rsi
search:
  add $ROW_SIZE, %rsi
  cmpl $ANY, LEAF(%rsi)
  je answer
  cmp %eax, LEAF(%rsi)
  jne search
  cmpl $ANY, SUBLEAF(%rsi)
  je answer
  cmp %ecx, SUBLEAF(%rsi)
  jne search
answer:
  mov EAX(%rsi), %eax
  mov EBX(%rsi), %ebx
  mov ECX(%rsi), %ecx
  mov EDX(%rsi), %edx
  pop %rsi
  ret

leaf_0:
  cpuid
  mov $0x68747541, %ebx
  mov $0x444d4163, %ecx
  mov $0x69746e65, %edx
  cmp $MAX_LEAF, %eax
  jbe 1f
  mov $MAX_LEAF, %eax
1: ret

leaf_1:
  cpuid
  mov $FAMILY_17H, %eax
  mov $ONE_THREAD_LINES_OF_64_BYTES, %ebx
  ret

ask:
  cpuid
  ret

  .balign 4
answers: /* leaf, subleaf, then eax, ebx, ecx, edx */
  .long 0xd, 0, 7, 2696, 2696, 0
  .long 0x80000000, ANY, 0x80000008, 0x68747541, 0x444d4163, 0x69746e65
  .long 0x80000005, ANY, 0, 0, 0x20080140, 0x20080140       /* first level: 32 KiB for data, 32 KiB for code */
  .long 0x80000006, ANY, 0, 0, 0x02006140, 0x01009140       /* second level: 512 KiB; third: 32 MiB */
  .long ANY, ANY, 0, 0, 0, 0
