/**
 * What /proc/cpuinfo says in the sandbox. Configure scripts read it (`grep neon /proc/cpuinfo`), and the kernel shows the
 * host's processor in it, to twins and, before QEMU 8.2, to emulated programs as well. Both see this text instead: the
 * processor of qemu-user's default model, with no more features than the emulator really has, in the kernel's layout for
 * that architecture (arch/<arch>/kernel).
 */
import type { Arch } from './arch.ts';

interface CpuText {
  readonly head?: string;
  readonly perCpu: (index: number) => string;
  readonly tail?: string;
}

const ARM64_FEATURES =
  'fp asimd aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm jscvt fcma lrcpc dcpop sha3 sm3 sm4 asimddp ' +
  'sha512 sve asimdfhm ilrcpc flagm sb paca pacg dcpodp sve2 sveaes svepmull svebitperm svesha3 svesm4 flagm2 frint ' +
  'svei8mm svef32mm svef64mm svebf16 i8mm bf16 rng bti';
const ARM_FEATURES =
  'swp half thumb fast_mult vfp edsp neon vfpv3 tls vfpv4 idiva idivt vfpd32 lpae aes pmull sha1 sha2 crc32';

/** Keyed by Arch.qemu. */
const TEXTS: Readonly<Record<string, CpuText>> = {
  aarch64: { perCpu: armCpu(ARM64_FEATURES, '0x051') },
  arm: {
    perCpu: armCpu(ARM_FEATURES, '0xc0f'),
    tail: 'Hardware\t: QEMU\nRevision\t: 0000\nSerial\t\t: 0000000000000000\n',
  },
  riscv64: {
    perCpu: (index) =>
      `processor\t: ${String(index)}\nhart\t\t: ${String(index)}\nisa\t\t: rv64imafdc_zicsr_zifencei\n` +
      'mmu\t\t: none\nuarch\t\t: qemu\n\n',
  },
  ppc64le: {
    perCpu: (index) =>
      `processor\t: ${String(index)}\ncpu\t\t: POWER9, altivec supported\nclock\t\t: 1000.000000MHz\n` +
      'revision\t: 2.0 (pvr 004e 1200)\n\n',
    tail: 'timebase\t: 512000000\nplatform\t: pSeries\nmachine\t\t: CHRP IBM pSeries (emulated by qemu)\n',
  },
  s390x: {
    head: 'vendor_id       : IBM/S390\nbogomips per cpu: 13370.00\nfeatures\t: esan3 zarch stfle msa ldisp eimm etf3eh highgprs vx vxe\n',
    perCpu: (index) => `processor ${String(index)}: version = 00,  identification = 000000,  machine = 8561\n`,
  },
};

/** @returns undefined for an architecture that we have no text for: the host's own is shown. */
export function cpuinfoText(arch: Arch, cpuCount: number): string | undefined {
  const text = TEXTS[arch.qemu];
  if (text === undefined) return undefined;
  const cpus = Array.from({ length: cpuCount }, (_, index) => text.perCpu(index));
  return [text.head ?? '', ...cpus, text.tail ?? ''].join('');
}

function armCpu(features: string, part: string): (index: number) => string {
  return (index) =>
    `processor\t: ${String(index)}\nBogoMIPS\t: 100.00\nFeatures\t: ${features}\nCPU implementer\t: 0x00\n` +
    `CPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: ${part}\nCPU revision\t: 0\n\n`;
}
