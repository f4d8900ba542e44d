import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guestArch } from '../../src/core/arch.ts';
import { AccelError } from '../../src/core/errors.ts';
import { encodeIndex, withIndexFlags, type IndexRecord } from '../../src/core/index-layout.ts';
import { readIndex, recordOf } from '../../src/core/index-read.ts';
import { formatManifest, parseManifest } from '../../src/core/manifest.ts';
import type { GuestBinary, Manifest } from '../../src/core/model.ts';
import { guestPath } from '../../src/core/paths.ts';

const SUM = 'ab'.repeat(32);
const MANIFEST: Manifest = {
  format: 1,
  tool: 'qemu-accel 0.1.0',
  arch: 'arm64',
  packs: ['base'],
  donor: 'apt',
  twins: ['/usr/bin/sed', '/usr/bin/bash'].map((path) => ({
    path: guestPath(path),
    twin: guestPath(`/emul${path}`),
    kind: 'executable',
    buildId: '0011223344556677',
    guestSizeBytes: 5,
    pack: 'base',
    package: 'x',
    guestVersion: 'x=1',
    donorPackage: 'x',
    host: 'amd64',
    donorVersion: '1',
    donorPath: path,
    donorSha256: SUM,
    twinSha256: SUM,
    retargeted: [{ donor: 'amd64', guest: 'arm64', references: 2 }],
    hasShim: false,
    emulateFor: [],
  })),
  libraries: [{ path: guestPath('/emul/usr/lib/libc.so.6'), donorPackage: 'libc6', donorVersion: '2', sha256: SUM }],
  files: [{ path: guestPath('/usr/bin/qemu-aarch64'), sha256: SUM }],
  emulated: [{ path: guestPath('/usr/bin/perl'), reason: 'no-pack' }],
};

describe('the manifest', () => {
  test('comes back as it was written, sorted', () => {
    const back = parseManifest(formatManifest(MANIFEST));
    expect(back.twins.map(({ path }) => path)).toEqual(['/usr/bin/bash', '/usr/bin/sed']);
    expect({ ...back, twins: [...back.twins].reverse() }).toEqual(MANIFEST);
  });

  test('is the same bytes for the same content in another order', () => {
    const shuffled = { ...MANIFEST, twins: [...MANIFEST.twins].reverse() };
    expect(formatManifest(shuffled)).toBe(formatManifest(MANIFEST));
  });

  test.each([
    ['cut', formatManifest(MANIFEST).slice(0, -20), /./],
    ['empty', '', /./],
    ['of another format', JSON.stringify({ ...MANIFEST, format: 2 }), /^format: /],
    [
      'with a reason that is not known',
      formatManifest(MANIFEST).replace('no-pack', 'bad luck'),
      /^emulated\.0\.reason: /,
    ],
    ['with a sum that is none', formatManifest(MANIFEST).replace(SUM, 'abc'), /^twins\.0\.donorSha256: /],
    ['with a path that is none', formatManifest(MANIFEST).replace('"/usr/bin/perl"', '"perl"'), /^emulated\.0\.path: /],
  ])('%s: E_TREE that names the key', (_, text, why) => {
    expect(() => parseManifest(text)).toThrow(AccelError);
    try {
      parseManifest(text);
    } catch (error) {
      expect(error).toMatchObject({ code: 'E_TREE' });
      expect((error as AccelError).why).toMatch(why);
    }
  });
});

describe('the index, read back', () => {
  const arch = guestArch('arm64');
  const hex = fc.uint8Array({ minLength: 8, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
  const records = fc.uniqueArray(hex, { maxLength: 40 }).map((ids) =>
    ids.map((buildId, at): IndexRecord => ({
      key: { kind: 'build-id', buildId },
      twin: `/emul/${String(at)}`,
      guestSizeBytes: at,
    })),
  );

  test('every record that was written is found by its binary, and nothing else', () => {
    fc.assert(
      fc.property(records, (written) => {
        const reading = readIndex(encodeIndex(arch, written), arch);
        if (reading.kind !== 'good') throw new Error(reading.why);
        expect(reading.records).toHaveLength(written.length);
        for (const { key, twin } of written) {
          const buildId = key.kind === 'build-id' ? key.buildId : '';
          expect(recordOf(reading.records, { buildId } as GuestBinary)?.twin).toBe(twin);
        }
        expect(recordOf(reading.records, { path: '/x', sizeBytes: 1 } as GuestBinary)).toBeUndefined();
      }),
    );
  });

  test('any changed byte and any cut is noticed', () => {
    const good = withIndexFlags(
      encodeIndex(arch, [{ key: { kind: 'path', path: '/a', sizeBytes: 1 }, twin: '/emul/a', guestSizeBytes: 1 }]),
      1,
    );
    expect(readIndex(good, arch)).toMatchObject({ kind: 'good', flags: 1 });
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at]! ^= 1 << (at % 8);
      expect(readIndex(bad, arch).kind, `byte ${String(at)}`).toBe('damaged');
      expect(readIndex(good.subarray(0, at), arch).kind, `cut at ${String(at)}`).toBe('damaged');
    }
    expect(readIndex(good, guestArch('riscv64'))).toMatchObject({ why: 'it is for another architecture' });
  });
});
