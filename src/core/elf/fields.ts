/** Reading fields of an ELF file: bounds first, then class and byte order. */
import { AccelError } from '../errors.ts';
import type { ByteSource } from './source.ts';

/** A file is not the ELF file that it should be. */
export class ElfError extends AccelError {
  constructor(why: string) {
    super({ code: 'E_ELF', what: 'not a usable ELF file', why });
  }
}

/** Bounds-checked fields of one byte order. */
export class FieldReader {
  readonly source: ByteSource;
  private wide = true;
  private little = true;

  constructor(source: ByteSource) {
    this.source = source;
  }

  shape(elfClass: 32 | 64, endian: 'little' | 'big'): void {
    this.wide = elfClass === 64;
    this.little = endian === 'little';
  }

  get isWide(): boolean {
    return this.wide;
  }

  bytes(offset: number, length: number, what: string): Buffer {
    if (!Number.isSafeInteger(offset) || offset < 0 || length < 0 || offset + length > this.source.sizeBytes) {
      throw new ElfError(`${what} lies outside the file`);
    }
    return this.source.read(offset, length);
  }

  record(offset: number, length: number, what: string): Fields {
    return new Fields(this.bytes(offset, length, what), this.wide, this.little);
  }
}

export class Fields {
  private readonly data: Buffer;
  private readonly wide: boolean;
  private readonly little: boolean;

  constructor(data: Buffer, wide: boolean, little: boolean) {
    this.data = data;
    this.wide = wide;
    this.little = little;
  }

  half(at: number): number {
    return this.little ? this.data.readUInt16LE(at) : this.data.readUInt16BE(at);
  }

  int(at: number): number {
    return this.little ? this.data.readUInt32LE(at) : this.data.readUInt32BE(at);
  }

  /** 32 or 64 bits, by class. Values past 2^53 stay out of range for every later bounds check. */
  word(at: number): number {
    if (!this.wide) return this.int(at);
    return Number(this.little ? this.data.readBigUInt64LE(at) : this.data.readBigUInt64BE(at));
  }
}

/** The NUL-terminated string at `at`; empty when it lies outside. */
export function stringAt(table: Buffer, at: number): string {
  if (at < 0 || at >= table.length) return '';
  const end = table.indexOf(0, at);
  return table.toString('utf8', at, end < 0 ? table.length : end);
}

export function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
