/**
 * Room in the last page of a segment, for the guest's strings and for the loader's detours: the kernel maps pages whole, so what
 * lies there in the file is in memory as well, and no segment is added that every process would have to map.
 *
 * Source: elf(5); mmap(2), NOTES.
 */
import { PF, PT } from './constants.ts';
import { align } from './fields.ts';
import type { Elf, Segment } from './read.ts';

const PAGE = 4096;

export interface Room {
  readonly offset: number;
  readonly vaddr: number;
  readonly sizeBytes: number;
  /** Says in a file that the segment holds `usedBytes` of the room. */
  readonly claim: (file: Buffer, usedBytes: number) => void;
}

/** Behind the segment that has most of it. Undefined where there is none. */
export function roomOf(elf: Elf): Room | undefined {
  const rooms = elf.segments.flatMap((segment) => roomBehind(elf, segment) ?? []);
  return rooms.sort((a, b) => b.sizeBytes - a.sizeBytes)[0];
}

/** Behind this segment, which nobody may write: zeros that no other segment maps. */
export function roomBehind(elf: Elf, segment: Segment): Room | undefined {
  const sizeBytes = freeBytes(elf, segment);
  if (sizeBytes === 0) return undefined;
  const { offset, vaddr, fileSize } = segment;
  const claim = (file: Buffer, usedBytes: number): void => {
    setSizes(elf, file, elf.segments.indexOf(segment), fileSize + usedBytes);
  };
  return { offset: offset + fileSize, vaddr: vaddr + fileSize, sizeBytes, claim };
}

function freeBytes(elf: Elf, segment: Segment): number {
  const { type, flags, offset, vaddr, fileSize, memorySize } = segment;
  if (type !== PT.load || (flags & PF.write) !== 0 || fileSize !== memorySize || offset % PAGE !== vaddr % PAGE)
    return 0;
  const from = offset + fileSize;
  const size = align(from, PAGE) - from;
  const end = vaddr + fileSize + size;
  const isShared = elf.segments.some(
    (other) => other !== segment && other.type === PT.load && other.vaddr >= vaddr && other.vaddr < end,
  );
  if (isShared || from + size > elf.source.sizeBytes) return 0;
  return elf.source.read(from, size).some((byte) => byte !== 0) ? 0 : size;
}

/** p_filesz and p_memsz. */
function setSizes(elf: Elf, file: Buffer, index: number, sizeBytes: number): void {
  const is64 = elf.elfClass === 64;
  const header = elf.segmentTable + index * (is64 ? 56 : 32);
  if (is64) for (const at of [32, 40]) file.writeBigUInt64LE(BigInt(sizeBytes), header + at);
  else for (const at of [16, 20]) file.writeUInt32LE(sizeBytes, header + at);
}
