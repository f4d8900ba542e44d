import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstDifference, isText, renderBytes } from '../../src/core/compare/bytes.ts';
import { compareCopies, rootFilesToHash, touchedPaths, type Copy } from '../../src/core/compare/files.ts';
import { LISTING_FORMAT, parseAttributes, parseListing, type Layer } from '../../src/core/compare/layers.ts';
import { describeContents, isSameButRandom, isUnreproducible } from '../../src/core/compare/outcome.ts';
import { diffLines, linesOf } from '../../src/core/compare/text.ts';
import { isOnlyVolatile } from '../../src/core/compare/volatile.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

describe('text', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 });

  test('the hunks turn one text into the other, and name no line that both have in place', () => {
    fc.assert(
      fc.property(lines, lines, (left, right) => {
        const made: string[] = [];
        let at = 0;
        for (const hunk of diffLines(left, right)) {
          made.push(...left.slice(at, hunk.fromLeft), ...right.slice(hunk.fromRight, hunk.toRight));
          at = hunk.toLeft;
        }
        expect([...made, ...left.slice(at)]).toEqual(right);
      }),
    );
  });

  test('as few lines as can be', () => {
    expect(diffLines(['a', 'b', 'c', 'd'], ['a', 'x', 'c', 'd', 'e'])).toEqual([
      { fromLeft: 1, toLeft: 2, fromRight: 1, toRight: 2 },
      { fromLeft: 4, toLeft: 4, fromRight: 4, toRight: 5 },
    ]);
  });

  test('texts with nothing in common are one hunk, and soon so', () => {
    const many = (letter: string): string[] => Array.from({ length: 20_000 }, (_, at) => `${letter}${String(at)}`);
    expect(diffLines(many('a'), many('b'))).toHaveLength(1);
  });

  test('a missing last newline is a difference', () => {
    expect(describeContents({ emulated: bytes('a\n'), accelerated: bytes('a') })).toEqual([
      '@@ line 1',
      '-a',
      '+a\\ no newline at the end',
    ]);
    expect(linesOf('a\nb\n')).toEqual(['a', 'b']);
  });
});

describe('bytes', () => {
  test('the first difference, with its surroundings', () => {
    const [left, right] = [Buffer.alloc(64), Buffer.alloc(64)];
    right[33] = 0x41;
    expect(firstDifference(left, right)).toBe(33);
    const text = renderBytes(left, right).join('\n');
    expect(text).toContain('first at offset 33 (0x21)');
    expect(text).toMatch(/^\+00000020 {2}00 41 .*\|\.A\.+\|$/m);
  });

  test('a file that is the start of the other', () => {
    expect(firstDifference(bytes('ab'), bytes('abc'))).toBe(2);
    expect(renderBytes(bytes('ab\0'), bytes('ab\0c'))[0]).toContain('3 and 4 bytes long');
  });

  test('what text is', () => {
    expect([isText(bytes('ä\n\t')), isText(bytes('\0')), isText(Buffer.from([1, 2, 3]))]).toEqual([true, false, false]);
  });
});

describe('what two emulated runs do not agree about', () => {
  const judge = (emulated: string, again: string, accelerated: string): boolean =>
    isOnlyVolatile({ emulated: bytes(emulated), again: bytes(again), accelerated: bytes(accelerated) });

  test('a date is, the name of the machine in the same line is not', () => {
    expect(judge('built 12:01 on aarch64\n', 'built 12:02 on aarch64\n', 'built 12:03 on aarch64\n')).toBe(true);
    expect(judge('built 12:01 on aarch64\n', 'built 12:02 on aarch64\n', 'built 12:03 on x86_64\n')).toBe(false);
  });

  test('a difference in another line is real', () => {
    expect(judge('1\nsame\n', '2\nsame\n', '3\nother\n')).toBe(false);
    expect(judge('1\nsame\n', '2\nsame\n', '3\nsame\nmore\n')).toBe(false);
  });

  test('bytes', () => {
    expect(judge('a\0bc', 'a\0xc', 'a\0yc')).toBe(true);
    expect(judge('a\0bc', 'a\0xc', 'b\0xc')).toBe(false);
    expect(judge('a\0bc', 'a\0bcd', 'b\0xc')).toBe(true);
  });

  test('what is reproducible never is', () => {
    const contents = { emulated: bytes('a'), accelerated: bytes('b') };
    expect(isUnreproducible(contents)).toBe(false);
    expect(isUnreproducible({ ...contents, again: bytes('a') })).toBe(false);
  });

  test('names with a random part', () => {
    expect(isSameButRandom('/tmp/tmp.abc', '/tmp/tmp.xyz')).toBe(true);
    expect(isSameButRandom('/tmp/log.99', '/tmp/log.1000')).toBe(true);
    expect(isSameButRandom('/tmp/a', '/var/b')).toBe(false);
    expect(isSameButRandom('/tmp/a', '/tmp/bcd')).toBe(false);
  });
});

describe('layers', () => {
  test('the listing of find is read as it is written, whatever a name holds', () => {
    expect(LISTING_FORMAT.split('\\0')).toHaveLength(11);
    const rows = [
      ['./a b\n', 'f', '644', '0', '33', '5', '1.5', '', '77', '1'],
      ['./gone', 'c', '0', '0', '0', '0', '2.0', '', '78', '2'],
    ];
    const output = bytes(
      rows
        .flat()
        .map((word) => `${word}\0`)
        .join(''),
    );
    expect(parseListing(output)).toEqual([
      expect.objectContaining({
        path: 'a b\n',
        kind: 'file',
        mode: '644',
        gid: 33,
        mtimeS: 1.5,
        inode: '77',
        linkCount: 1,
      }),
      expect.objectContaining({ path: 'gone', kind: 'removed', mtimeS: 2, linkCount: 2 }),
    ]);
  });

  test('the dump of getfattr', () => {
    const text = '# file: .\nuser.overlay.impure=0x79\n\n# file: a\\040\\134b\nuser.z=0x00\nuser.a=0x01\n\n';
    expect([...parseAttributes(text)]).toEqual([
      ['', ['user.overlay.impure=0x79']],
      ['a \\b', ['user.a=0x01', 'user.z=0x00']],
    ]);
  });
});

describe('copies', () => {
  const START = 1000;
  type Row = readonly [string, string, (string | undefined)?, string?];
  /** Path, `KIND MODE UID MTIME`, hash, attributes. */
  const layerOf = (rows: readonly Row[]): Layer => ({
    files: new Map(
      rows.map(([path, words], at) => {
        const [kind, mode, uid, mtime] = words.split(' ');
        const listed = parseListing(
          bytes([`./${path}`, kind, mode, uid, '0', '5', mtime, '', String(at), '1', ''].join('\0')),
        );
        return [path, listed[0]!];
      }),
    ),
    attributes: new Map(rows.flatMap(([path, , , line]) => (line === undefined ? [] : [[path, [line]]]))),
  });
  const copyOf = (...rows: readonly Row[]): Copy => ({
    upper: layerOf(rows),
    hashes: new Map(rows.flatMap(([path, , hash]) => (hash === undefined ? [] : [[path, hash]]))),
    startS: START,
  });
  const ROOT: readonly Row[] = [
    ['etc', 'd 755 0 1'],
    ['etc/passwd', 'f 644 0 1', 'hash-p'],
    ['doc', 'd 755 0 1'],
    ['doc/x', 'f 644 0 1', 'hash-x'],
  ];
  const compare = (left: Copy, right: Copy): string[] => {
    const layer = layerOf(ROOT);
    const hashes = new Map(ROOT.flatMap(([path, , hash]) => (hash === undefined ? [] : [[path, hash]])));
    expect(touchedPaths([left, right]).paths).toEqual(expect.arrayContaining([...left.upper.files.keys()]));
    for (const path of rootFilesToHash(left, right, layer)) expect(hashes.has(path)).toBe(true);
    return compareCopies(left, right, { layer, hashes }).map(({ path, facet }) => `${path} ${facet}`);
  };

  test('the same changes', () => {
    const made = copyOf(['etc', 'd 755 0 1'], ['etc/new', 'f 644 0 1001.5', 'h'], ['doc/x', 'c 0 0 1001']);
    const later = copyOf(['etc', 'd 755 0 1'], ['etc/new', 'f 644 0 1003', 'h'], ['doc/x', 'c 0 0 1003']);
    expect(compare(made, later)).toEqual([]);
  });

  test('a file that was opened for writing and is as it was', () => {
    expect(compare(copyOf(['etc/passwd', 'f 644 0 1', 'hash-p']), copyOf())).toEqual([]);
    expect(compare(copyOf(['etc/passwd', 'f 644 0 1', 'other']), copyOf())).toEqual(['/etc/passwd content']);
  });

  test('mode, owner, content, a time that was set', () => {
    const left = copyOf(['a', 'f 644 0 5', 'h'], ['b', 'f 644 0 1001', 'h'], ['c', 'f 644 0 5', 'h']);
    const right = copyOf(['a', 'f 600 0 5', 'i'], ['b', 'f 644 33 1001', 'h'], ['c', 'f 644 0 1002', 'h']);
    expect(compare(left, right)).toEqual(['/a content', '/a mode', '/b owner', '/c time']);
  });

  test('what is on one side only is named once', () => {
    const left = copyOf(['new', 'd 755 0 1001'], ['new/x', 'f 644 0 1001', 'h'], ['doc', 'c 0 0 1001']);
    expect(compare(left, copyOf())).toEqual(['/doc presence', '/new presence']);
  });

  test('a directory that was removed and made again hides what was in it', () => {
    const left = copyOf(['doc', 'd 755 0 1001', undefined, 'user.overlay.opaque=0x79']);
    expect(touchedPaths([left]).trees).toEqual(['doc']);
    expect(compare(left, copyOf(['doc', 'd 755 0 1001']))).toEqual(['/doc/x presence']);
    expect(compare(left, left)).toEqual([]);
  });

  test('extended attributes, but for overlayfs’ own', () => {
    const left = copyOf(['a', 'f 755 0 1001', 'h', 'security.capability=0x01']);
    expect(compare(left, copyOf(['a', 'f 755 0 1001', 'h', 'user.overlay.origin=0x']))).toEqual(['/a attributes']);
  });
});
