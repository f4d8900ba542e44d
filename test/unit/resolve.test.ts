import fc from 'fast-check';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mergedPath, fileOwners, parseDiversions, parseStatus } from '../../src/adapters/buildroot/dpkg-database.ts';
import { followLinks } from '../../src/adapters/buildroot/resolve.ts';
import { guestPath } from '../../src/core/paths.ts';

describe('links inside a root', () => {
  const LINKS = new Map([
    ['/bin', 'usr/bin'],
    ['/usr/bin/awk', '/etc/alternatives/awk'],
    ['/etc/alternatives/awk', '/usr/bin/mawk'],
    ['/usr/bin/up', '../../../../etc/x'],
    ['/a', 'b'],
    ['/b', 'a'],
    ['/self', '.'],
    ['/dir', '/usr/lib'],
    ['/usr/lib/here', '../bin/mawk'],
  ]);
  test.each([
    ['/bin/awk', '/usr/bin/mawk'],
    ['/bin/up', '/etc/x'],
    ['/../../bin/awk', '/usr/bin/mawk'],
    ['/self/self/bin/./mawk', '/usr/bin/mawk'],
    ['/dir/here', '/usr/bin/mawk'],
    ['/dir/../x', '/usr/x'],
    ['/', '/'],
    ['/a', undefined],
    ['/a/x', undefined],
  ])('%s leads to %s', (path, target) => {
    expect(followLinks(path as ReturnType<typeof guestPath>, (link) => LINKS.get(link))).toBe(target);
  });

  test('a chain of 40 is followed, one of 41 is not: MAXSYMLINKS', () => {
    const chain = (length: number) => (link: string) => {
      const at = Number(link.slice(2));
      return at < length ? `l${String(at + 1)}` : undefined;
    };
    expect(followLinks(guestPath('/l0'), chain(40))).toBe('/l40');
    expect(followLinks(guestPath('/l0'), chain(41))).toBeUndefined();
  });

  const name = fc.constantFrom('a', 'b', 'c', '..', '.', '');
  const path = fc.array(name, { maxLength: 6 }).map((parts) => parts.join('/'));
  const target = fc.tuple(fc.boolean(), path).map(([isAbsolute, rest]) => (isAbsolute ? `/${rest}` : rest || '.'));
  const linkPath = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
    .map((parts) => `/${parts.join('/')}`);

  test('any links: the answer is canonical, inside the root, and holds no link', () => {
    fc.assert(
      fc.property(fc.dictionary(linkPath, target, { maxKeys: 6 }), path, (links, start) => {
        const resolved = followLinks(`/${start}` as ReturnType<typeof guestPath>, (link) => links[link]);
        if (resolved === undefined) return;
        expect(resolved).toBe(posix.resolve('/', resolved));
        for (let part = resolved as string; part !== '/'; part = posix.dirname(part))
          expect(links[part]).toBeUndefined();
      }),
    );
  });
});

describe('dpkg’s files', () => {
  test('only packages whose files are on disk', () => {
    const stanza = (name: string, state: string): string =>
      `Package: ${name}\nStatus: install ok ${state}\nArchitecture: arm64\nVersion: 1:2-3\nDescription: x\n continued\n`;
    const text = [
      'installed',
      'unpacked',
      'half-configured',
      'triggers-awaited',
      'config-files',
      'not-installed',
      'half-installed',
    ]
      .map((state) => stanza(state, state))
      .join('\n');
    expect(parseStatus(text).map(({ name }) => name)).toEqual([
      'installed',
      'unpacked',
      'half-configured',
      'triggers-awaited',
    ]);
    expect(parseStatus(text)[0]).toEqual({ name: 'installed', version: '1:2-3', arch: 'arm64' });
  });

  test('a diverted file lies elsewhere, but not that of the diverting package', () => {
    const own = { name: 'dash', version: '1', arch: 'arm64' };
    const other = { name: 'bash', version: '1', arch: 'arm64' };
    const diversions = parseDiversions('/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/x\n/usr/bin/x.local\n:\n');
    expect(diversions).toHaveLength(2);
    const links = new Map([['bin', '/usr/bin']]);
    const owners = fileOwners(
      [
        { package: own, files: ['/bin/sh', '/usr/bin/x'] },
        { package: other, files: ['/bin/sh', '/bin/bash'] },
      ],
      diversions,
      (path) => mergedPath(links, path),
    );
    expect(Object.fromEntries(owners)).toEqual({
      '/usr/bin/sh': own,
      '/usr/bin/x.local': own,
      '/usr/bin/sh.distrib': other,
      '/usr/bin/bash': other,
    });
  });
});
