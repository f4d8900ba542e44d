/**
 * A dispatcher that carries its emulator.
 *
 * A build that makes a root inside its root enters it with chroot, and finds no /usr/bin/qemu-<arch> there. Flag F of
 * binfmt_misc keeps the dispatcher itself reachable (the kernel holds it open); this gives it a static qemu to go on with.
 *
 *   dispatcher | padding to a page | qemu image
 *
 * The dispatcher's linker script leaves one PT_NULL program header, which becomes a read-only PT_LOAD of the image. The
 * kernel maps it with every dispatch and reads none of it until native/dispatcher/embedded.c copies it to a memfd.
 */
import { HOST_ARCH } from './arch.ts';
import { EnvironmentError } from './errors.ts';

const PAGE_BYTES = 4096;
const PT_NULL = 0;
const PT_LOAD = 1;
const PT_INTERP = 3;
const PF_R = 4;
/** Far above the dispatcher's own 16 KiB at 4 MiB, and below where the kernel puts anything else. */
const IMAGE_ADDRESS = 0x10000000;

/** Elf64_Ehdr and Elf64_Phdr, offsets in bytes (elf(5)). */
const EHDR = { machine: 18, phoff: 32, phentsize: 54, phnum: 56, size: 64 } as const;
const PHDR = {
  type: 0,
  flags: 4,
  offset: 8,
  vaddr: 16,
  paddr: 24,
  filesz: 32,
  memsz: 40,
  align: 48,
  size: 56,
} as const;

/**
 * The interpreter file for binfmt_misc: `dispatcher` with `qemu`, a static qemu-user of the host's architecture, in it.
 *
 * @throws EnvironmentError E_ELF when `qemu` is not a static executable of the host, or `dispatcher` has no spare header.
 */
export function embedQemu(dispatcher: Buffer, qemu: Buffer): Buffer {
  const qemuTypes = programHeaders(qemu, 'the emulator').map((at) => qemu.readUInt32LE(at + PHDR.type));
  if (qemuTypes.includes(PT_INTERP)) {
    throw notElf(
      'the emulator cannot be embedded',
      'it is dynamically linked, and a nested root has no host libraries',
    );
  }
  const spare = programHeaders(dispatcher, 'the dispatcher').find((at) => dispatcher.readUInt32LE(at) === PT_NULL);
  if (spare === undefined) throw notElf('the dispatcher has no room for an emulator', 'it has no spare program header');
  const offset = Math.ceil(dispatcher.length / PAGE_BYTES) * PAGE_BYTES;
  const whole = Buffer.concat([dispatcher, Buffer.alloc(offset - dispatcher.length), qemu]);
  whole.writeUInt32LE(PT_LOAD, spare + PHDR.type);
  whole.writeUInt32LE(PF_R, spare + PHDR.flags);
  const words = [
    [PHDR.offset, offset],
    [PHDR.vaddr, IMAGE_ADDRESS],
    [PHDR.paddr, IMAGE_ADDRESS],
    [PHDR.filesz, qemu.length],
    [PHDR.memsz, qemu.length],
    [PHDR.align, PAGE_BYTES],
  ] as const;
  for (const [field, value] of words) whole.writeBigUInt64LE(BigInt(value), spare + field);
  return whole;
}

/** File offsets of the program headers of a host executable. */
function programHeaders(elf: Buffer, what: string): number[] {
  const isElf64 = elf.length >= EHDR.size && elf.readUInt32BE(0) === 0x7f454c46 && elf[4] === 2 && elf[5] === 1;
  if (!isElf64 || elf.readUInt16LE(EHDR.machine) !== HOST_ARCH.elfMachine) {
    throw notElf(`${what} is not usable`, `it is not an ELF executable for ${HOST_ARCH.machine}`);
  }
  const start = Number(elf.readBigUInt64LE(EHDR.phoff));
  const count = elf.readUInt16LE(EHDR.phnum);
  if (elf.readUInt16LE(EHDR.phentsize) !== PHDR.size || start + count * PHDR.size > elf.length) {
    throw notElf(`${what} is not usable`, 'its program headers lie outside of the file');
  }
  return Array.from({ length: count }, (_, i) => start + i * PHDR.size);
}

function notElf(what: string, why: string): EnvironmentError {
  return new EnvironmentError({ code: 'E_ELF', what, why, fix: ['Install qemu-user-static, or name a static qemu'] });
}
