/**
 * /emul/index has a writer in TypeScript and a reader in C. Here each is held against the other: the layout, the words,
 * and every record of indexes that the writer makes.
 */
import { promises as fsp } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  encodeIndex,
  INDEX,
  withIndexFlags,
  type ArgumentSet,
  type IndexKey,
  type IndexRecord,
} from '../../src/core/index-layout.ts';
import { readIndex, recordOf } from '../../src/core/index-read.ts';
import type { GuestBinary } from '../../src/core/model.ts';
import { guestPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { TRACE_REASONS } from '../../src/core/trace.ts';
import { exec } from '../../src/os/exec.ts';
import { describeNeeding } from '../support/needs.ts';
import { tempDir, type TempDir } from '../support/temp.ts';

const NATIVE = `${import.meta.dirname}/../../native`;
const READER = `${import.meta.dirname}/../support/native/index-layout.c`;
const GUEST = { elfMachine: 183, elfClass: 64, endian: 'little' } as const;

const buildId = fc
  .uint8Array({ minLength: 8, maxLength: INDEX.keyMaxBytes })
  .map((bytes): IndexKey => ({ kind: 'build-id', buildId: Buffer.from(bytes).toString('hex') }));
const path = fc
  .tuple(fc.stringMatching(/^[a-z0-9+._-]{1,60}$/), fc.nat())
  .map(([name, sizeBytes]): IndexKey => ({ kind: 'path', path: `/usr/bin/${name}`, sizeBytes }));
const twin = fc.stringMatching(/^[a-zA-Z0-9+_-]{1,190}$/).map((name) => `/emul/usr/bin/${name}`);
const records = fc.uniqueArray(
  fc.record({
    key: fc.oneof(buildId, path),
    twin,
    guestSizeBytes: fc.nat(),
    emulateFor: fc.subarray(Object.keys(INDEX.recordFlags) as ArgumentSet[]),
    is32Bit: fc.boolean(),
  }),
  {
    selector: ({ key }) => line(key),
    maxLength: 200,
  },
);

function line(key: IndexKey): string {
  return key.kind === 'build-id' ? `id ${key.buildId}` : `path ${String(key.sizeBytes)} ${key.path}`;
}

describeNeeding(['gcc'], 'the index in C and in TypeScript', () => {
  let temp: TempDir;
  let reader: HostPath;

  beforeAll(async () => {
    temp = await tempDir();
    reader = joinHost(temp.dir, 'reader');
    const sources = ['index.c', 'text.c'].map((name) => `${NATIVE}/dispatcher/${name}`);
    const checks = ['-Wall', '-Wextra', '-Werror', '-fsanitize=address,undefined'];
    await exec(['gcc', '-std=gnu11', '-O1', ...checks, READER, ...sources, '-o', reader]);
  });
  afterAll(() => temp.dispose());

  /** What the C reader finds for each key. */
  function find(index: Buffer, keys: readonly IndexKey[]): Promise<readonly string[]> {
    return findLines(index, keys.map(line));
  }

  async function findLines(index: Buffer, lines: readonly string[]): Promise<readonly string[]> {
    const file = joinHost(temp.dir, 'index');
    await fsp.writeFile(file, index);
    const { stdout } = await exec([reader, 'find', file], { input: lines.map((text) => `${text}\n`).join('') });
    return stdout.split('\n').slice(0, -1);
  }

  test('agree on every size, offset and constant, and on the words of the trace', async () => {
    const { stdout } = await exec([reader, 'layout']);
    expect(JSON.parse(stdout)).toEqual({ ...INDEX, reasons: Object.keys(TRACE_REASONS) });
  });

  test('every record that is written is found, and no other', async () => {
    const property = fc.asyncProperty(records, buildId, async (written: readonly IndexRecord[], other) => {
      const index = encodeIndex(GUEST, written);
      fc.pre(!written.some(({ key }) => line(key) === line(other)));
      const found = await find(index, [...written.map(({ key }) => key), other]);
      expect(found).toEqual([...written.map((record) => record.twin), '-']);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('keys that collide are found, up to the last probe', async () => {
    const colliding = Array.from({ length: 40 }, (_, i): IndexRecord => {
      const id = Buffer.alloc(20, i);
      id.writeUInt32LE(7);
      return {
        key: { kind: 'build-id', buildId: id.toString('hex') },
        twin: `/emul/usr/bin/tool-${String(i)}`,
        guestSizeBytes: i,
      };
    });
    const keys = colliding.map(({ key }) => key);
    expect(await find(encodeIndex(GUEST, colliding), keys)).toEqual(colliding.map((record) => record.twin));
  });

  test('of records with one key, the one of a path is found, by C and by TypeScript', async () => {
    const buildId = '42'.repeat(20);
    const names = Array.from({ length: 9 }, (_, i) => `/usr/bin/name-${String(i)}`);
    const links = names.map((name): IndexRecord => ({
      key: { kind: 'build-id', buildId },
      twin: `/emul${name}`,
      guestSizeBytes: 1,
    }));
    const others = names.map((name, i): IndexRecord => {
      const key = { kind: 'build-id', buildId: `42424242${String(i).repeat(8)}` } as const;
      return { key, twin: `/emul${name}.other`, guestSizeBytes: 1 };
    });
    const index = encodeIndex(GUEST, [...links, ...others]);
    const asked = [...names, '/usr/bin/name-9', ''].map((name) => `id ${buildId} ${name}`);
    expect(await findLines(index, asked)).toEqual([...names.map((name) => `/emul${name}`), '-', '-']);
    const reading = readIndex(index, GUEST);
    if (reading.kind !== 'good') throw new Error(reading.why);
    for (const name of names) {
      const binary: GuestBinary = {
        path: guestPath(name),
        kind: 'executable',
        sizeBytes: 1,
        buildId,
        isStatic: false,
        isPrivileged: false,
        needed: [],
      };
      expect(recordOf(reading.records, binary)?.twin).toBe(`/emul${name}`);
    }
  });

  test('the order of records does not matter, and other flags leave the index good', async () => {
    const key: IndexKey = { kind: 'build-id', buildId: '00112233445566778899' };
    const other: IndexKey = { kind: 'path', path: '/usr/bin/tool', sizeBytes: 5 };
    const both = [
      { key, twin: '/emul/a', guestSizeBytes: 1 },
      { key: other, twin: '/emul/b', guestSizeBytes: 5 },
    ];
    const index = encodeIndex(GUEST, both);
    expect(encodeIndex(GUEST, both.toReversed())).toEqual(index);
    expect(await find(withIndexFlags(index, INDEX.headerFlags.trace), [key, other])).toEqual(['/emul/a', '/emul/b']);
  });

  test('what does not fit is refused by the writer', () => {
    const write = (key: IndexKey, path_ = '/emul/a'): Buffer =>
      encodeIndex(GUEST, [{ key, twin: path_, guestSizeBytes: 1 }]);
    expect(() => write({ kind: 'build-id', buildId: '0011' })).toThrow(RangeError);
    expect(() => write({ kind: 'build-id', buildId: '00'.repeat(33) })).toThrow(RangeError);
    expect(() => write({ kind: 'build-id', buildId: 'not hex at all' })).toThrow(RangeError);
    const longest = `/emul/${'x'.repeat(INDEX.twinMaxBytes - 7)}`;
    expect(write({ kind: 'path', path: '/a', sizeBytes: 1 }, longest)).toBeInstanceOf(Buffer);
    expect(() => write({ kind: 'path', path: '/a', sizeBytes: 1 }, `${longest}x`)).toThrow(RangeError);
  });
});
