/**
 * What the programs of an architecture begin with, as binfmt_misc is told it: magic bytes, and a mask of the bits that count.
 */
import type { HandlerArch } from './arch.ts';

export interface BinfmtRule {
  /** Hex, without a mask byte of 00 having any meaning. */
  readonly magic: Buffer;
  readonly mask: Buffer;
}

const ELF_TYPE_EXEC = 2;
const HEADER_BYTES = 20;
/** Offset of e_flags in an Elf32_Ehdr. */
const FLAGS_OFFSET = 36;
/** EF_MIPS_ABI2, in the lowest byte of e_flags: the N32 ABI, which shares class and machine with O32. */
const MIPS_N32 = 0x20;
/** e_ident[7] is the OS ABI. Which ones QEMU's own entries take: any, or the four that Linux programs carry. */
const ANY_OS_ABI = 0x00;
const LINUX_OS_ABIS = 0xfc;
/** e_ident[8], the version of the ABI: MIPS programs carry 0 or 1. */
const TWO_ABI_VERSIONS = 0xfe;

interface MaskException {
  readonly osAbi?: number;
  readonly abiVersion?: number;
  readonly machineHigh?: number;
  /** The bit of e_flags that counts, and whether it is to be set. */
  readonly flag?: { readonly bit: number; readonly isSet: boolean };
}

const LINUX_ONLY = { osAbi: LINUX_OS_ABIS } as const;
const MIPS = { abiVersion: TWO_ABI_VERSIONS } as const;
const O32 = { ...MIPS, flag: { bit: MIPS_N32, isSet: false } } as const;
const N32 = { ...MIPS, flag: { bit: MIPS_N32, isSet: true } } as const;
/** Where QEMU's entry differs from the rule; keyed by Arch.qemu. */
const MASK_EXCEPTIONS: Readonly<Record<string, MaskException>> = {
  ...{ ppc64le: { ...LINUX_ONLY, machineHigh: 0 }, ppc: LINUX_ONLY, ppc64: LINUX_ONLY, s390x: LINUX_ONLY },
  ...{ sh4: LINUX_ONLY, sh4eb: LINUX_ONLY, sparc: LINUX_ONLY, sparc32plus: LINUX_ONLY, sparc64: LINUX_ONLY },
  ...{ mips: O32, mipsel: O32, mipsn32: N32, mipsn32el: N32, mips64: MIPS, mips64el: MIPS },
  loongarch64: { osAbi: LINUX_OS_ABIS, abiVersion: 0 },
};

/**
 * What the first 20 bytes of an executable of that architecture look like: ELF identification, e_type (ET_EXEC or ET_DYN,
 * which differ in one bit) and e_machine; 40 where a flag counts. Equal to what QEMU's own entries hold, so that either may
 * stand in for the other.
 */
export function binfmtRule(arch: HandlerArch): BinfmtRule {
  const isLittle = arch.endian === 'little';
  const exception = MASK_EXCEPTIONS[arch.qemu] ?? {};
  const magic = Buffer.alloc(HEADER_BYTES);
  const mask = Buffer.alloc(HEADER_BYTES, 0xff);
  magic.write('\x7fELF', 'latin1');
  magic[4] = arch.elfClass === 64 ? 2 : 1;
  magic[5] = isLittle ? 1 : 2;
  magic[6] = 1;
  mask[7] = exception.osAbi ?? ANY_OS_ABI;
  mask[8] = exception.abiVersion ?? 0xff;
  if (isLittle) {
    magic.writeUInt16LE(ELF_TYPE_EXEC, 16);
    mask.writeUInt16LE(0xfffe, 16);
    magic.writeUInt16LE(arch.elfMachine, 18);
    mask.writeUInt8(exception.machineHigh ?? 0xff, 19);
  } else {
    magic.writeUInt16BE(ELF_TYPE_EXEC, 16);
    mask.writeUInt16BE(0xfffe, 16);
    magic.writeUInt16BE(arch.elfMachine, 18);
  }
  return exception.flag === undefined ? { magic, mask } : withFlag({ magic, mask }, isLittle, exception.flag);
}

/** The rule is as long as it must be: up to the byte of e_flags that has the bit. */
function withFlag(rule: BinfmtRule, isLittle: boolean, flag: NonNullable<MaskException['flag']>): BinfmtRule {
  const upTo = (value: number): Buffer => {
    const bytes = Buffer.alloc(FLAGS_OFFSET - HEADER_BYTES + (isLittle ? 1 : 4));
    bytes[bytes.length - 1] = value;
    return bytes;
  };
  return {
    magic: Buffer.concat([rule.magic, upTo(flag.isSet ? flag.bit : 0)]),
    mask: Buffer.concat([rule.mask, upTo(flag.bit)]),
  };
}
