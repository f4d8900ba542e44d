/**
 * The strings of a program's loaded data. Notes, symbol names and debug links are left out: they are read by linkers and
 * debuggers, never by the program itself.
 */
import { SHF, SHT } from '../elf/constants.ts';
import { type Elf, type Section, sectionBytes } from '../elf/read.ts';

/** A NUL-terminated string in loaded data. */
export interface LoadedString {
  readonly vaddr: number;
  readonly text: string;
}

/** A section with its bytes as Latin-1 text, in which a character is a byte. */
export interface DataSection {
  readonly section: Section;
  readonly bytes: Buffer;
  readonly text: string;
}

/** Read by the loader, the linker or an unwinder; the program itself never prints from them. */
const NOT_DATA =
  /^\.(interp|dynstr|dynsym|hash|gnu\.|note|rela?\.|relr|eh_frame|gcc_except_table|comment|debug|dynamic|got)/;

export function dataSections(elf: Elf): DataSection[] {
  return elf.sections
    .filter(({ name, type, flags }) => type !== SHT.nobits && isData(name, flags))
    .map((section) => {
      const bytes = sectionBytes(elf, section);
      return { section, bytes, text: bytes.toString('latin1') };
    });
}

function isData(name: string, flags: number): boolean {
  return (flags & SHF.alloc) !== 0 && (flags & SHF.execute) === 0 && !NOT_DATA.test(name);
}

/**
 * Every string that matches `pattern` (global). A string begins after the last byte that cannot be text and ends before
 * the next NUL; `isTerminated` is false where another byte ends it, as in Rust and Go programs.
 */
export function stringsMatching(
  sections: readonly DataSection[],
  pattern: RegExp,
): (LoadedString & { readonly isTerminated: boolean })[] {
  const found = new Map<number, LoadedString & { readonly isTerminated: boolean }>();
  for (const { section, bytes, text } of sections) {
    for (const match of text.matchAll(pattern)) {
      const start = textStart(bytes, match.index);
      const end = textEnd(bytes, match.index);
      const vaddr = section.vaddr + start;
      found.set(vaddr, { vaddr, text: text.slice(start, end), isTerminated: bytes[end] === 0 });
    }
  }
  return [...found.values()].sort((a, b) => a.vaddr - b.vaddr);
}

function textStart(bytes: Buffer, from: number): number {
  let at = from;
  while (at > 0 && isText(bytes[at - 1])) at--;
  return at;
}

function textEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && isText(bytes[at])) at++;
  return at;
}

/** No character of UTF-8 has a byte from 0xf8 on: it is of a number, such as the distance back in a table of jumps. */
function isText(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x20 && byte < 0xf8 && byte !== 0x7f) || (byte >= 0x09 && byte <= 0x0d));
}
