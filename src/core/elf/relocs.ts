/**
 * The relative relocations of a dynamic object: the words that the loader turns into addresses. In a position-independent
 * file these, and only these, are the pointers in its data.
 *
 * Source: System V ABI and its processor supplements; the RELR encoding as in glibc's elf.h (DT_RELR): an even word is an
 * address, an odd one a bitmap of the words after it.
 */
import { DT } from './constants.ts';
import { ElfError } from './fields.ts';
import { dynamicValue, type Elf, offsetOf } from './read.ts';

export interface RelativeReloc {
  /** Where in the file the pointer's value is kept: r_addend, or the word itself for REL and RELR. */
  readonly valueOffset: number;
  /** The address that the loader will relocate. */
  readonly at: number;
  readonly target: number;
}

/** R_<machine>_RELATIVE by e_machine: i386, ppc64, s390, arm, x86-64, aarch64, riscv. */
const RELATIVE_TYPE: Readonly<Record<number, number>> = { 3: 8, 21: 22, 22: 12, 40: 23, 62: 8, 183: 1027, 243: 3 };

/** @throws ElfError when a table lies outside the file. */
export function relativeRelocs(elf: Elf): RelativeReloc[] {
  const words = new WordReader(elf);
  return [...fromTable(elf, words, true), ...fromTable(elf, words, false), ...fromRelr(elf, words)];
}

/** Words of the file's own size and byte order. */
export class WordReader {
  readonly size: number;
  private readonly elf: Elf;

  constructor(elf: Elf) {
    this.elf = elf;
    this.size = elf.elfClass / 8;
  }

  /** @throws ElfError outside the file. */
  at(offset: number): number {
    if (offset < 0 || offset + this.size > this.elf.source.sizeBytes)
      throw new ElfError('a pointer lies outside the file');
    return this.in(this.elf.source.read(offset, this.size), 0);
  }

  in(bytes: Buffer, at: number): number {
    const little = this.elf.endian === 'little';
    if (this.size === 4) return little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
    return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  }
}

function fromTable(elf: Elf, words: WordReader, hasAddend: boolean): RelativeReloc[] {
  const table = hasAddend ? tableOf(elf, DT.rela, DT.relaSize) : tableOf(elf, DT.rel, DT.relSize);
  if (!table) return [];
  const wanted = RELATIVE_TYPE[elf.machine];
  const size = words.size * (hasAddend ? 3 : 2);
  const relocs: RelativeReloc[] = [];
  for (let at = 0; at + size <= table.bytes.length; at += size) {
    const info = words.in(table.bytes, at + words.size);
    if ((elf.elfClass === 64 ? info % 2 ** 32 : info & 0xff) !== wanted) continue;
    const place = words.in(table.bytes, at);
    const valueOffset = hasAddend ? table.offset + at + 2 * words.size : offsetOf(elf.segments, place);
    if (valueOffset === undefined) continue;
    relocs.push({ valueOffset, at: place, target: words.at(valueOffset) });
  }
  return relocs;
}

function fromRelr(elf: Elf, words: WordReader): RelativeReloc[] {
  const table = tableOf(elf, DT.relr, DT.relrSize);
  if (!table) return [];
  const addresses: number[] = [];
  const bits = words.size * 8 - 1;
  let next = 0;
  for (let at = 0; at + words.size <= table.bytes.length; at += words.size) {
    const isAddress = words.in(table.bytes, at) % 2 === 0;
    if (isAddress) {
      next = words.in(table.bytes, at);
      addresses.push(next);
      next += words.size;
      continue;
    }
    for (let bit = 0; bit < bits; bit++)
      if (bitAt(elf, table.bytes, at, bit + 1)) addresses.push(next + bit * words.size);
    next += bits * words.size;
  }
  return addresses.flatMap((at) => {
    const valueOffset = offsetOf(elf.segments, at);
    return valueOffset === undefined ? [] : [{ valueOffset, at, target: words.at(valueOffset) }];
  });
}

function bitAt(elf: Elf, bytes: Buffer, at: number, bit: number): boolean {
  const size = elf.elfClass / 8;
  const byte = elf.endian === 'little' ? at + (bit >> 3) : at + size - 1 - (bit >> 3);
  return (((bytes[byte] ?? 0) >> (bit & 7)) & 1) === 1;
}

function tableOf(elf: Elf, tag: number, sizeTag: number): { offset: number; bytes: Buffer } | undefined {
  const vaddr = dynamicValue(elf, tag);
  const size = dynamicValue(elf, sizeTag) ?? 0;
  if (vaddr === undefined || size === 0) return undefined;
  const offset = offsetOf(elf.segments, vaddr);
  if (offset === undefined || offset + size > elf.source.sizeBytes) throw new ElfError('a relocation table is outside');
  return { offset, bytes: elf.source.read(offset, size) };
}
