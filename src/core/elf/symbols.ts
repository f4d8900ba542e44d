/** The dynamic symbols: what an object asks of others and what it gives. Source: System V ABI, symbol table. */
import { SHT } from './constants.ts';
import { stringAt } from './fields.ts';
import { type Elf, sectionBytes } from './read.ts';

export interface DynamicSymbol {
  readonly name: string;
  readonly isDefined: boolean;
  readonly value: number;
  readonly size: number;
  /** Where st_value lies in the file. */
  readonly valueOffset: number;
}

/** Empty for a file without a .dynsym section. Elf64 and Elf32. */
export function dynamicSymbols(elf: Elf): DynamicSymbol[] {
  const table = elf.sections.find(({ type }) => type === SHT.dynsym);
  const names = table === undefined ? undefined : elf.sections[table.link];
  if (!table || !names) return [];
  const bytes = sectionBytes(elf, table);
  const text = sectionBytes(elf, names);
  const wide = elf.elfClass === 64;
  const little = elf.endian === 'little';
  const entrySize = wide ? 24 : 16;
  const int = (at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const half = (at: number): number => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const word = (at: number): number =>
    wide ? Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at)) : int(at);
  const symbols: DynamicSymbol[] = [];
  for (let at = entrySize; at + entrySize <= bytes.length; at += entrySize) {
    const valueAt = at + (wide ? 8 : 4);
    symbols.push({
      name: stringAt(text, int(at)),
      isDefined: half(at + (wide ? 6 : 14)) !== 0,
      value: word(valueAt),
      size: word(at + (wide ? 16 : 8)),
      valueOffset: table.offset + valueAt,
    });
  }
  return symbols;
}
