/**
 * Writes a retargeted program: bytes changed in place, and the guest's strings where the file has room (elf/room.ts), or else in a
 * new read-only segment.
 *
 * A program header is needed for that segment. The table has no room to grow, so the one of PT_GNU_PROPERTY (which repeats
 * what a PT_NOTE says) or else of the last PT_NOTE is turned into it: neither the kernel nor the loader of an x86-64
 * program needs them. The segment gets the highest address, so the table's order by address holds.
 *
 * Source: System V ABI, program header; elf(5); fs/binfmt_elf.c of Linux (total_mapping_size wants ascending segments).
 */
import { PF, PT } from '../elf/constants.ts';
import { align, ElfError } from '../elf/fields.ts';
import type { Elf } from '../elf/read.ts';
import { roomOf } from '../elf/room.ts';

const PAGE = 4096;
/** Keeps aligned vector loads aligned. */
const STEP = 16;
/** Past the last string: code that copies a string with 16-byte loads may read beyond its end. */
const TAIL_PADDING = 64;

/** Collects the guest's strings and tables, and tells their addresses. */
export interface NewSegment {
  /** The address at which `text` (Latin-1, NUL-terminated) will lie. */
  readonly addressOf: (text: string) => number;
  /** The address at which these bytes will lie, 16-byte aligned. */
  readonly place: (content: Buffer) => number;
  readonly isEmpty: () => boolean;
  /** Adds them to a copy of the file. */
  readonly writeTo: (bytes: Buffer) => Buffer;
}

/** What is placed goes where the file has room, and into a new segment where that is full. */
export function newSegment(elf: Elf): NewSegment {
  const addresses = new Map<string, number>();
  const room = roomOf(elf);
  const inRoom = makePile(align(room?.vaddr ?? 0, STEP));
  const roomEnd = room === undefined ? 0 : room.vaddr + room.sizeBytes - TAIL_PADDING;
  const loads = elf.segments.filter(({ type }) => type === PT.load);
  const added = makePile(align(Math.max(...loads.map((load) => load.vaddr + load.memorySize)), PAGE));
  const place = (content: Buffer): number =>
    inRoom.end() + align(content.length, STEP) <= roomEnd ? inRoom.add(content) : added.add(content);
  return {
    place,
    addressOf: (text) => {
      const address = addresses.get(text) ?? place(Buffer.from(`${text}\0`, 'latin1'));
      addresses.set(text, address);
      return address;
    },
    isEmpty: () => inRoom.isEmpty() && added.isEmpty(),
    writeTo: (bytes) => {
      const filled = Buffer.from(bytes);
      if (room !== undefined && !inRoom.isEmpty()) {
        inRoom.content().copy(filled, room.offset + inRoom.vaddr - room.vaddr);
        room.claim(filled, inRoom.end() - room.vaddr);
      }
      return added.isEmpty() ? filled : addSegment(elf, filled, added);
    },
  };
}

/** Contents one after the other, from an address on. */
interface Pile {
  readonly vaddr: number;
  readonly end: () => number;
  readonly add: (content: Buffer) => number;
  readonly isEmpty: () => boolean;
  readonly content: () => Buffer;
}

function makePile(vaddr: number): Pile {
  const parts: Buffer[] = [];
  let end = vaddr;
  return {
    vaddr,
    end: () => end,
    add: (content) => {
      const address = end;
      const padded = Buffer.alloc(align(content.length, STEP));
      content.copy(padded);
      parts.push(padded);
      end += padded.length;
      return address;
    },
    isEmpty: () => parts.length === 0,
    content: () => Buffer.concat(parts),
  };
}

/** @throws ElfError when the file has no program header to spare. */
function addSegment(elf: Elf, bytes: Buffer, pile: Pile): Buffer {
  const content = Buffer.concat([pile.content(), Buffer.alloc(TAIL_PADDING)]);
  const offset = align(bytes.length, PAGE);
  const out = Buffer.concat([bytes, Buffer.alloc(offset - bytes.length), content]);
  const place = { offset, vaddr: pile.vaddr, size: content.length };
  if (elf.elfClass === 64) writeLoadHeader64(out, spareHeader(elf), place);
  else writeLoadHeader32(out, spareHeader(elf), place);
  return out;
}

function spareHeader(elf: Elf): number {
  const property = elf.segments.findIndex(({ type }) => type === PT.gnuProperty);
  const note = elf.segments.findLastIndex(({ type }) => type === PT.note);
  const index = property >= 0 ? property : note;
  const lastLoad = elf.segments.findLastIndex(({ type }) => type === PT.load);
  if (index < 0 || index < lastLoad) throw new ElfError('it has no program header to spare for the guest’s strings');
  return elf.segmentTable + index * (elf.elfClass === 64 ? 56 : 32);
}

interface Place {
  readonly offset: number;
  readonly vaddr: number;
  readonly size: number;
}

function writeLoadHeader32(out: Buffer, at: number, { offset, vaddr, size }: Place): void {
  const fields = [PT.load, offset, vaddr, vaddr, size, size, PF.read, PAGE];
  fields.forEach((field, index) => out.writeUInt32LE(field, at + 4 * index));
}

function writeLoadHeader64(out: Buffer, at: number, place: Place): void {
  out.writeUInt32LE(PT.load, at);
  out.writeUInt32LE(PF.read, at + 4);
  out.writeBigUInt64LE(BigInt(place.offset), at + 8);
  out.writeBigUInt64LE(BigInt(place.vaddr), at + 16);
  out.writeBigUInt64LE(BigInt(place.vaddr), at + 24);
  out.writeBigUInt64LE(BigInt(place.size), at + 32);
  out.writeBigUInt64LE(BigInt(place.size), at + 40);
  out.writeBigUInt64LE(BigInt(PAGE), at + 48);
}
