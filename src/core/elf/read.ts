/**
 * Reads what we need of an ELF file: header, segments, sections, the dynamic section and the build-id. Both classes, both
 * byte orders. Any input gives an answer or an ElfError, in bounded time: every offset and count is checked against the
 * file's size before it is used.
 *
 * Source: System V ABI, chapters 4 and 5; elf.h of glibc.
 */
import { DT, PT, SHT } from './constants.ts';
import { align, ElfError, FieldReader, stringAt } from './fields.ts';
import type { ByteSource } from './source.ts';

export type ElfType = 'rel' | 'exec' | 'dyn' | 'core' | 'other';

export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly vaddr: number;
  readonly fileSize: number;
  readonly memorySize: number;
}

export interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly vaddr: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

export interface Elf {
  readonly source: ByteSource;
  readonly elfClass: 32 | 64;
  readonly endian: 'little' | 'big';
  readonly type: ElfType;
  readonly machine: number;
  readonly segments: readonly Segment[];
  readonly sections: readonly Section[];
  /** Offset of the program header table; the size of one entry follows from the class. */
  readonly segmentTable: number;
  readonly interpreter?: string;
  /** Lower-case hex of the NT_GNU_BUILD_ID note. */
  readonly buildId?: string;
  /** Tags and values in file order, DT_NULL left out; undefined for a file without PT_DYNAMIC. */
  readonly dynamic?: readonly DynamicEntry[];
  readonly needed: readonly string[];
  readonly soname?: string;
  readonly rpath?: string;
  readonly runpath?: string;
}

export interface DynamicEntry {
  readonly tag: number;
  readonly value: number;
}

const TYPES: readonly ElfType[] = ['other', 'rel', 'exec', 'dyn', 'core'];
/** More than any real program has; keeps a damaged count from costing time. */
const MAX_SEGMENTS = 512;
const MAX_SECTIONS = 65536;
const MAX_TABLE_BYTES = 1 << 28;
const NT_GNU_BUILD_ID = 3;

/** True when the first bytes are those of an ELF file. */
export function hasElfMagic(head: Buffer): boolean {
  return head.length >= 4 && head.readUInt32BE(0) === 0x7f454c46;
}

/** @throws ElfError for anything that is not a well-formed ELF file. */
export function readElf(source: ByteSource): Elf {
  const reader = new FieldReader(source);
  const ident = reader.bytes(0, 16, 'the ELF identification');
  if (!hasElfMagic(ident)) throw new ElfError('it does not begin with the ELF magic');
  const elfClass = pick(ident[4], { 1: 32, 2: 64 } as const, 'class');
  const endian = pick(ident[5], { 1: 'little', 2: 'big' } as const, 'byte order');
  reader.shape(elfClass, endian);
  const wide = elfClass === 64;
  const header = reader.record(0, wide ? 64 : 52, 'the ELF header');
  const segmentTable = header.word(wide ? 32 : 28);
  const segments = readSegments(reader, segmentTable, header.half(wide ? 54 : 42), header.half(wide ? 56 : 44));
  const sections = readSections(reader, {
    offset: header.word(wide ? 40 : 32),
    entrySize: header.half(wide ? 58 : 46),
    count: header.half(wide ? 60 : 48),
    namesIndex: header.half(wide ? 62 : 50),
  });
  const dynamic = readDynamic(reader, segments);
  const interpreter = readInterpreter(reader, segments);
  const buildId = readBuildId(reader, segments);
  return {
    source,
    elfClass,
    endian,
    type: TYPES[header.half(16)] ?? 'other',
    machine: header.half(18),
    segments,
    sections,
    segmentTable,
    ...(interpreter === undefined ? {} : { interpreter }),
    ...(buildId === undefined ? {} : { buildId }),
    ...(dynamic === undefined ? {} : { dynamic }),
    ...dynamicStrings(reader, segments, dynamic ?? []),
  };
}

/** The file offset of a virtual address, or undefined where no file bytes are mapped there. */
export function offsetOf(segments: readonly Segment[], vaddr: number): number | undefined {
  for (const segment of segments) {
    if (segment.type !== PT.load) continue;
    if (vaddr >= segment.vaddr && vaddr < segment.vaddr + segment.fileSize)
      return vaddr - segment.vaddr + segment.offset;
  }
  return undefined;
}

/** The value of the first entry with this tag. */
export function dynamicValue(elf: Elf, tag: number): number | undefined {
  return elf.dynamic?.find((entry) => entry.tag === tag)?.value;
}

/** A section's bytes; empty for one that takes no room in the file. */
export function sectionBytes(elf: Elf, section: Section): Buffer {
  if (section.type === SHT.nobits) return Buffer.alloc(0);
  if (section.offset + section.size > elf.source.sizeBytes)
    throw new ElfError(`section ${section.name} ends past the file`);
  return elf.source.read(section.offset, section.size);
}

function pick<T>(value: number | undefined, table: Readonly<Record<number, T>>, what: string): T {
  const found = value === undefined ? undefined : table[value];
  if (found === undefined) throw new ElfError(`its ${what} is ${String(value)}`);
  return found;
}

function readSegments(reader: FieldReader, offset: number, entrySize: number, count: number): Segment[] {
  if (count === 0) return [];
  const wide = reader.isWide;
  if (entrySize !== (wide ? 56 : 32) || count > MAX_SEGMENTS) throw new ElfError('its program headers are malformed');
  return Array.from({ length: count }, (_, index) => {
    const entry = reader.record(offset + index * entrySize, entrySize, 'a program header');
    return {
      type: entry.int(0),
      flags: entry.int(wide ? 4 : 24),
      offset: entry.word(wide ? 8 : 4),
      vaddr: entry.word(wide ? 16 : 8),
      fileSize: entry.word(wide ? 32 : 16),
      memorySize: entry.word(wide ? 40 : 20),
    };
  });
}

interface SectionTable {
  readonly offset: number;
  readonly entrySize: number;
  readonly count: number;
  readonly namesIndex: number;
}

function readSections(reader: FieldReader, table: SectionTable): Section[] {
  // A file without section headers runs all the same; one whose table is damaged is treated like it.
  const wide = reader.isWide;
  if (table.count === 0 || table.offset === 0 || table.count > MAX_SECTIONS) return [];
  if (table.entrySize !== (wide ? 64 : 40)) return [];
  if (table.offset + table.count * table.entrySize > reader.source.sizeBytes) return [];
  const raw = Array.from({ length: table.count }, (_, index) => {
    const entry = reader.record(table.offset + index * table.entrySize, table.entrySize, 'a section header');
    return {
      nameAt: entry.int(0),
      type: entry.int(4),
      flags: entry.word(8),
      vaddr: entry.word(wide ? 16 : 12),
      offset: entry.word(wide ? 24 : 16),
      size: entry.word(wide ? 32 : 20),
      link: entry.int(wide ? 40 : 24),
    };
  });
  const names = raw[table.namesIndex];
  const nameBytes =
    names?.type === SHT.strtab && names.offset + names.size <= reader.source.sizeBytes
      ? reader.bytes(names.offset, names.size, 'section names')
      : Buffer.alloc(0);
  return raw.map(({ nameAt, ...section }) => ({ name: stringAt(nameBytes, nameAt), ...section }));
}

function readInterpreter(reader: FieldReader, segments: readonly Segment[]): string | undefined {
  const segment = segments.find(({ type }) => type === PT.interp);
  if (!segment) return undefined;
  if (segment.fileSize > 4096) throw new ElfError('its interpreter name is too long');
  return stringAt(reader.bytes(segment.offset, segment.fileSize, 'the interpreter name'), 0);
}

function readBuildId(reader: FieldReader, segments: readonly Segment[]): string | undefined {
  for (const segment of segments) {
    if (segment.type !== PT.note || segment.fileSize > MAX_TABLE_BYTES) continue;
    if (segment.offset + segment.fileSize > reader.source.sizeBytes) continue;
    const size = segment.fileSize;
    const notes = reader.record(segment.offset, size, 'a note');
    for (let at = 0; at + 12 <= size;) {
      const nameSize = notes.int(at);
      const descSize = notes.int(at + 4);
      const descAt = at + 12 + align(nameSize, 4);
      if (descAt + descSize > size) break;
      if (nameSize === 4 && notes.int(at + 8) === NT_GNU_BUILD_ID) {
        const name = reader.bytes(segment.offset + at + 12, 4, 'a note').toString('latin1');
        if (name === 'GNU\0') return reader.bytes(segment.offset + descAt, descSize, 'a note').toString('hex');
      }
      at = descAt + align(descSize, 4);
    }
  }
  return undefined;
}

function readDynamic(reader: FieldReader, segments: readonly Segment[]): DynamicEntry[] | undefined {
  const segment = segments.find(({ type }) => type === PT.dynamic);
  if (!segment) return undefined;
  const entrySize = reader.isWide ? 16 : 8;
  if (segment.fileSize > MAX_TABLE_BYTES) throw new ElfError('its dynamic section is too large');
  const fields = reader.record(segment.offset, segment.fileSize, 'the dynamic section');
  const entries: DynamicEntry[] = [];
  for (let at = 0; at + entrySize <= segment.fileSize; at += entrySize) {
    const tag = fields.word(at);
    if (tag === DT.null) break;
    entries.push({ tag, value: fields.word(at + entrySize / 2) });
  }
  return entries;
}

function dynamicStrings(
  reader: FieldReader,
  segments: readonly Segment[],
  dynamic: readonly DynamicEntry[],
): Pick<Elf, 'needed' | 'soname' | 'rpath' | 'runpath'> {
  const value = (tag: number): number | undefined => dynamic.find((entry) => entry.tag === tag)?.value;
  const at = value(DT.strtab);
  const size = value(DT.strSize) ?? 0;
  const offset = at === undefined ? undefined : offsetOf(segments, at);
  if (offset === undefined || size > MAX_TABLE_BYTES) return { needed: [] };
  const table = reader.bytes(offset, size, 'the dynamic string table');
  const text = (tag: number): string | undefined => {
    const index = value(tag);
    return index === undefined ? undefined : stringAt(table, index);
  };
  const soname = text(DT.soname);
  const rpath = text(DT.rpath);
  const runpath = text(DT.runpath);
  return {
    needed: dynamic.filter(({ tag }) => tag === DT.needed).map((entry) => stringAt(table, entry.value)),
    ...(soname === undefined ? {} : { soname }),
    ...(rpath === undefined ? {} : { rpath }),
    ...(runpath === undefined ? {} : { runpath }),
  };
}
