/** A program's initial memory: the word, the string or the pointer that will be at an address once it is loaded. */
import { type Elf, offsetOf } from '../elf/read.ts';
import { relativeRelocs, WordReader } from '../elf/relocs.ts';

export interface Memory {
  readonly wordBytes: number;
  /** The file offset whose bytes become this address's content; for a pointer of a PIE, its addend. */
  readonly slotOf: (vaddr: number) => number | undefined;
  /** The pointer or number kept at an address; 0 where nothing is kept (.bss). */
  readonly wordAt: (vaddr: number) => number;
  /** Bytes as they are in the file; undefined outside it. */
  readonly bytesAt: (vaddr: number, size: number) => Buffer | undefined;
  /** The NUL-terminated Latin-1 string at an address; undefined outside the file. */
  readonly stringAt: (vaddr: number) => string | undefined;
}

const LONGEST_STRING = 16384;

export function memoryOf(elf: Elf): Memory {
  const words = new WordReader(elf);
  const relocs = new Map(relativeRelocs(elf).map((reloc) => [reloc.at, reloc]));
  const slotOf = (vaddr: number): number | undefined => relocs.get(vaddr)?.valueOffset ?? offsetOf(elf.segments, vaddr);
  return {
    wordBytes: words.size,
    slotOf,
    wordAt: (vaddr) => {
      const slot = slotOf(vaddr);
      return slot === undefined ? 0 : words.at(slot);
    },
    bytesAt: (vaddr, size) => {
      const offset = offsetOf(elf.segments, vaddr);
      return offset === undefined ? undefined : elf.source.read(offset, size);
    },
    stringAt: (vaddr) => {
      const offset = vaddr === 0 ? undefined : offsetOf(elf.segments, vaddr);
      if (offset === undefined) return undefined;
      const bytes = elf.source.read(offset, Math.min(LONGEST_STRING, elf.source.sizeBytes - offset));
      const end = bytes.indexOf(0);
      return end < 0 ? undefined : bytes.toString('latin1', 0, end);
    },
  };
}
