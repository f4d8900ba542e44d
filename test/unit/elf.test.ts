/** The ELF reader: any bytes give an answer or an ElfError, soon. What the answers are worth: integration/elf.test.ts. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ElfError } from '../../src/core/elf/fields.ts';
import { readElf } from '../../src/core/elf/read.ts';
import { relativeRelocs } from '../../src/core/elf/relocs.ts';
import { bufferSource } from '../../src/core/elf/source.ts';
import { dynamicSymbols } from '../../src/core/elf/symbols.ts';

/** A real program: this very node is one, but large; sh is small and everywhere. */
const SHELL = readFileSync('/bin/sh');

/** Everything that the project asks of an ELF file. */
function readAll(bytes: Buffer): void {
  const elf = readElf(bufferSource(bytes));
  dynamicSymbols(elf);
  relativeRelocs(elf);
}

function answersOrRefuses(bytes: Buffer): void {
  try {
    readAll(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ElfError);
  }
}

describe('readElf', () => {
  test('refuses what is no ELF file, and says why', () => {
    expect(() => readElf(bufferSource(Buffer.alloc(0)))).toThrow(/the ELF identification lies outside the file/);
    expect(() => readElf(bufferSource(Buffer.from('#!/bin/sh\necho no program\n')))).toThrow(/ELF magic/);
  });

  test('reads a program with a field of the header set to anything', () => {
    fc.assert(
      fc.property(fc.nat(SHELL.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 }), (at, patch) => {
        const bytes = Buffer.from(SHELL);
        bytes.set(patch.subarray(0, bytes.length - at), at);
        answersOrRefuses(bytes);
      }),
      { numRuns: 300 },
    );
  });

  test.each(Array.from({ length: 64 }, (_, at) => at))('reads a program whose byte %i is anything', (at) => {
    for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
      const bytes = Buffer.from(SHELL);
      bytes[at] = value;
      answersOrRefuses(bytes);
    }
  });

  test('reads program headers with every field at its limits', () => {
    for (let at = 64; at < 64 + 56 * 13; at += 4) {
      const bytes = Buffer.from(SHELL);
      bytes.writeUInt32LE(0xffffffff, at);
      answersOrRefuses(bytes);
    }
  });

  test('reads a program cut anywhere', () => {
    fc.assert(
      fc.property(fc.nat(SHELL.length), (length) => {
        answersOrRefuses(SHELL.subarray(0, length));
      }),
      { numRuns: 200 },
    );
  });

  test('reads random bytes behind a true magic', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom(1, 2),
        fc.constantFrom(1, 2),
        (rest, word, order) => {
          answersOrRefuses(Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, word, order, 1, 0]), rest]));
        },
      ),
      { numRuns: 500 },
    );
  });
});
