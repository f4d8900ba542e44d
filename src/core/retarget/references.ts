/**
 * Who refers to a string. x86-64 code reaches data in a handful of ways, and each keeps the address in four or eight bytes
 * that can be found without disassembling: every byte position of the code is tried, and a hit counts only when it decodes
 * to an address inside a wanted string. A chance hit needs 32 bits to agree.
 *
 *   lea   disp32(%rip)       48 8d /r   in every file                    kind 'address'
 *   mov   $imm32             b8+r, c7   in fixed-address programs        kind 'address'
 *   load  disp32(%rip)       other /r   the bytes themselves are copied  kind 'content'
 *   pointer in data          a relative relocation, or a plain word in fixed-address programs
 *
 * Position-independent i386 code has the address of its GOT in a register and counts from there (System V ABI, i386, 3.5):
 *
 *   lea   disp32(%reg)       8d /r      disp32 = address - GOT           kind 'address'
 *   load  disp32(%reg)       other /r                                    kind 'content'
 *
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, 2.1.5 (ModR/M) and 2.2.1.6 (RIP-relative).
 */
import { SHF, SHT } from '../elf/constants.ts';
import { type Elf, sectionBytes } from '../elf/read.ts';
import { relativeRelocs } from '../elf/relocs.ts';
import { dynamicSymbols } from '../elf/symbols.ts';
import type { DataSection } from './strings.ts';

/** How the address is kept: relative to the next instruction or the GOT, as it is in an instruction, or as a pointer in data. */
export type ReferenceForm = 'relative32' | 'absolute32' | 'pointer32' | 'pointer64';

export interface Reference {
  /** Where in the file the four or eight bytes lie. */
  readonly offset: number;
  readonly form: ReferenceForm;
  /** For 'relative32': the address that the displacement counts from. */
  readonly base: number;
  readonly target: number;
  /** 'content': the instruction copies the string's bytes, so a replacement must have the same length. */
  readonly use: 'address' | 'content' | 'unknown';
}

export interface Range {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** All references into the ranges, in file order. */
export function findReferences(elf: Elf, data: readonly DataSection[], ranges: readonly Range[]): Reference[] {
  if (ranges.length === 0) return [];
  const wanted = new RangeSet(ranges);
  const isFixed = elf.type === 'exec';
  const word = elf.elfClass === 64 ? 8 : 4;
  const found: Reference[] = [];
  scanInstructions(elf, wanted, found);
  if (isFixed) for (const section of data) scanPointers(section, wanted, found, word);
  for (const reloc of relativeRelocs(elf)) {
    if (wanted.has(reloc.target)) found.push(pointer(reloc.valueOffset, reloc.target, word));
  }
  for (const symbol of dynamicSymbols(elf)) {
    // An exported array: its users hold the symbol, not the address. Nothing that can be moved.
    if (symbol.isDefined && symbol.size > 0 && wanted.has(symbol.value)) {
      found.push({ ...pointer(symbol.valueOffset, symbol.value, word), use: 'unknown' });
    }
  }
  return found.sort((a, b) => a.offset - b.offset);
}

function scanInstructions(elf: Elf, wanted: RangeSet, found: Reference[]): void {
  const isFixed = elf.type === 'exec';
  for (const section of elf.sections) {
    if (section.type === SHT.nobits || (section.flags & SHF.execute) === 0 || (section.flags & SHF.alloc) === 0)
      continue;
    const code = { bytes: sectionBytes(elf, section), vaddr: section.vaddr, offset: section.offset };
    if (elf.elfClass === 64) scanCode(code, wanted, isFixed, found);
    else if (isFixed) scanImmediates(code, wanted, found);
    else scanGotRelative(code, wanted, gotBase(elf), found);
  }
}

interface Code {
  readonly bytes: Buffer;
  readonly vaddr: number;
  readonly offset: number;
}

function scanCode({ bytes, vaddr, offset }: Code, wanted: RangeSet, isFixed: boolean, found: Reference[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 1; at + 4 <= bytes.length; at++) {
    const value = view.getInt32(at, true);
    if (((bytes[at - 1] ?? 0) & 0xc7) === 0x05) {
      const base = vaddr + at + 4;
      const trailing = trailingImmediate(bytes, at);
      if (wanted.has(base + value + trailing)) {
        const isLea = bytes[at - 2] === 0x8d;
        found.push({
          offset: offset + at,
          form: 'relative32',
          base: base + trailing,
          target: base + value + trailing,
          use: isLea ? 'address' : 'content',
        });
        continue;
      }
    }
    const use = isFixed && value > 0 && wanted.has(value) ? absoluteUse(bytes, at, true) : undefined;
    if (use !== undefined) found.push({ offset: offset + at, form: 'absolute32', base: 0, target: value, use });
  }
}

/** What _GLOBAL_OFFSET_TABLE_ is in a linked file: .got.plt, or .got where calls are bound at the start. */
function gotBase(elf: Elf): number {
  const named = (name: string): number | undefined => elf.sections.find((section) => section.name === name)?.vaddr;
  return named('.got.plt') ?? named('.got') ?? 0;
}

function scanGotRelative({ bytes, offset }: Code, wanted: RangeSet, base: number, found: Reference[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 2; at + 4 <= bytes.length; at++) {
    const target = base + view.getInt32(at, true);
    if (!wanted.has(target)) continue;
    const use = gotRelativeUse(bytes, at);
    if (use !== undefined) found.push({ offset: offset + at, form: 'relative32', base, target, use });
  }
}

/** disp32 after ModR/M with a base register, or after a SIB byte; undefined where no such instruction can end there. */
function gotRelativeUse(bytes: Buffer, at: number): Reference['use'] | undefined {
  const modrm = bytes[at - 1] ?? 0;
  if (modrm >> 6 === 2 && (modrm & 7) !== 4) return bytes[at - 2] === 0x8d ? 'address' : 'content';
  const hasSib = ((bytes[at - 2] ?? 0) & 0xc7) === 0x84;
  if (hasSib) return 'unknown';
  // add $disp32, %reg
  const isAdd = modrm === 0x05 || (bytes[at - 2] === 0x81 && (modrm & 0xf8) === 0xc0);
  return isAdd ? 'address' : undefined;
}

function scanImmediates({ bytes, offset }: Code, wanted: RangeSet, found: Reference[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 1; at + 4 <= bytes.length; at++) {
    const target = view.getUint32(at, true);
    const use = wanted.has(target) ? absoluteUse(bytes, at, false) : undefined;
    if (use !== undefined) found.push({ offset: offset + at, form: 'absolute32', base: 0, target, use });
  }
}

/** Bytes of an immediate that follow the displacement and so belong to the distance: cmpb, movb, movl, testb ... */
function trailingImmediate(bytes: Buffer, at: number): number {
  const opcode = bytes[at - 2];
  if (opcode === 0x80 || opcode === 0x83 || opcode === 0xc6 || opcode === 0xc0 || opcode === 0xc1) return 1;
  if (opcode === 0xc7 || opcode === 0x81) return 4;
  return 0;
}

/** Opcodes with ModR/M and, behind its operand, an immediate of four bytes: imul, add and its like, mov, test. */
const WITH_IMMEDIATE = new Set([0x69, 0x81, 0xc7, 0xf7]);
const CMP = 0x3d;
/** add, sub and cmp of the accumulator: what is done to an address. With REX.W in 64-bit code, where addresses have 64 bits. */
const ACCUMULATOR = new Set([0x05, 0x2d, CMP]);
const REX_W = 0x48;
/** i386: moves between the accumulator and an absolute address. */
const ABSOLUTE_MOVES = new Set([0xa0, 0xa1, 0xa2, 0xa3]);

/**
 * mov $imm32 into a register, push, mov or cmp with a memory or register operand; any other instruction that can keep four bytes
 * there is not understood; undefined where none can: then they belong to two instructions and only look like an address
 * (`mov 16(%rsp), %r14` and `mov $0x1f8, %eax` hold 10 b8 f8 01), or are the distance of a RIP-relative one.
 */
function absoluteUse(bytes: Buffer, at: number, is64Bit: boolean): Reference['use'] | undefined {
  const before = bytes[at - 1] ?? 0;
  if ((before >= 0xb8 && before <= 0xbf) || before === 0x68) return 'address';
  const isArithmetic = ACCUMULATOR.has(before) && (!is64Bit || bytes[at - 2] === REX_W);
  const opcodes = opcodesBefore(bytes, at);
  if ((isArithmetic && before === CMP) || opcodes.includes(0xc7) || opcodes.includes(0x81)) return 'address';
  const isAbsoluteMove = !is64Bit && ABSOLUTE_MOVES.has(before);
  const isOperand = isArithmetic || isAbsoluteMove || opcodes.length > 0 || isDisplacement(bytes, at, is64Bit);
  return isOperand ? 'unknown' : undefined;
}

/** Opcodes of WITH_IMMEDIATE whose operand would end at `at`. */
function opcodesBefore(bytes: Buffer, at: number): number[] {
  return [2, 3, 4, 5, 6, 7].flatMap((back) => {
    const opcode = bytes[at - back] ?? 0;
    return WITH_IMMEDIATE.has(opcode) && operandLength(bytes, at - back + 1) === back - 1 ? [opcode] : [];
  });
}

/** Whether ModR/M, with or without a SIB byte, can end before `at` and ask for an absolute displacement of four bytes. */
function isDisplacement(bytes: Buffer, at: number, is64Bit: boolean): boolean {
  const last = bytes[at - 1] ?? 0;
  const modrm = bytes[at - 2] ?? 0;
  if (last >> 6 === 2 ? (last & 7) !== 4 : !is64Bit && (last & 0xc7) === 5) return true;
  if ((modrm & 7) !== 4) return false;
  return modrm >> 6 === 2 || (modrm >> 6 === 0 && (last & 7) === 5);
}

/** The length of ModR/M, SIB and displacement at `at`. */
function operandLength(bytes: Buffer, at: number): number {
  const modrm = bytes[at] ?? 0;
  const mode = modrm >> 6;
  const low = modrm & 7;
  if (mode === 3) return 1;
  const sib = low === 4 ? 1 : 0;
  const noBase = mode === 0 && (low === 5 || (sib === 1 && ((bytes[at + 1] ?? 0) & 7) === 5));
  return 1 + sib + (mode === 1 ? 1 : mode === 2 || noBase ? 4 : 0);
}

function scanPointers({ section, bytes }: DataSection, wanted: RangeSet, found: Reference[], word: 4 | 8): void {
  const start = (word - (section.vaddr % word)) % word;
  for (let at = start; at + word <= bytes.length; at += word) {
    if (word === 8 && bytes.readUInt32LE(at + 4) !== 0) continue;
    const value = bytes.readUInt32LE(at);
    if (wanted.has(value)) found.push(pointer(section.offset + at, value, word));
  }
}

function pointer(offset: number, target: number, word: 4 | 8): Reference {
  return { offset, form: word === 8 ? 'pointer64' : 'pointer32', base: 0, target, use: 'address' };
}

/** Membership in a few ranges, with the common answer (no) at the price of two comparisons. */
class RangeSet {
  private readonly ranges: readonly Range[];
  private readonly low: number;
  private readonly high: number;

  constructor(ranges: readonly Range[]) {
    this.ranges = ranges;
    this.low = Math.min(...ranges.map(({ start }) => start));
    this.high = Math.max(...ranges.map(({ end }) => end));
  }

  has(address: number): boolean {
    if (address < this.low || address >= this.high) return false;
    return this.ranges.some(({ start, end }) => address >= start && address < end);
  }
}

/** Makes a reference point to another address. */
export function writeReference(bytes: Buffer, reference: Reference, address: number): void {
  if (reference.form === 'pointer64') bytes.writeBigUInt64LE(BigInt(address), reference.offset);
  else if (reference.form !== 'relative32') bytes.writeUInt32LE(address, reference.offset);
  else bytes.writeInt32LE(address - reference.base, reference.offset);
}
