/**
 * Room for the guest's strings in the last page of a segment: the kernel maps pages whole, so what lies there in the file is in
 * memory as well, and no segment is added that every process would have to map.
 *
 * Source: elf(5); mmap(2), NOTES.
 */
import { PF, PT } from '../elf/constants.ts';
import { align } from '../elf/fields.ts';
import type { Elf, Segment } from '../elf/read.ts';

const PAGE = 4096;

export interface Room {
  readonly offset: number;
  readonly vaddr: number;
  readonly sizeBytes: number;
  /** Says in a file that the segment holds `usedBytes` of the room. */
  readonly claim: (file: Buffer, usedBytes: number) => void;
}

/** Behind the read-only segment that has most of it; zeros that no other segment maps. Undefined where there is none. */
export function roomOf(elf: Elf): Room | undefined {
  const rooms = elf.segments.flatMap((segment, index) => {
    const sizeBytes = freeBytes(elf, segment);
    const { offset, vaddr, fileSize } = segment;
    if (sizeBytes === 0) return [];
    const claim = (file: Buffer, usedBytes: number): void => {
      setSizes(elf, file, index, fileSize + usedBytes);
    };
    return [{ offset: offset + fileSize, vaddr: vaddr + fileSize, sizeBytes, claim }];
  });
  return rooms.sort((a, b) => b.sizeBytes - a.sizeBytes)[0];
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
