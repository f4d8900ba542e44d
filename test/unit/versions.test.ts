import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseVersion, compareVersions, parseVersion, sameSource, sameUpstream } from '../../src/core/versions.ts';

/** The oracle. */
function dpkgOrder(left: string, right: string): number {
  for (const [operator, order] of [
    ['lt', -1],
    ['eq', 0],
  ] as const) {
    try {
      execFileSync('dpkg', ['--compare-versions', left, operator, right], { stdio: ['ignore', 'ignore', 'ignore'] });
      return order;
    } catch {
      // Status 1: not so.
    }
  }
  return 1;
}

// A dash at the end would be an empty revision, which dpkg refuses.
const upstream = fc.stringMatching(/^[0-9]([a-c0-9.+~-]{0,7}[a-c0-9.+~])?$/);
const revision = fc.stringMatching(/^[a-c0-9.+~]{1,6}$/);
const version = fc
  .tuple(fc.option(fc.nat(3)), upstream, fc.option(revision))
  .map(
    ([epoch, main, last]) => `${epoch === null ? '' : `${String(epoch)}:`}${main}${last === null ? '' : `-${last}`}`,
  );

describe('the order of versions', () => {
  test.each([
    ['1.0', '1.0-0'],
    ['1.0~rc1-1', '1.0-1'],
    ['1.0-1', '1.0-1+b1'],
    ['1.0-1~deb13u1', '1.0-1'],
    ['2:1.0', '10.0'],
    ['1.10', '1.9'],
    ['1.0a', '1.0+'],
    ['0:1.0', '1.0'],
    ['1.00', '1.0'],
    ['1.20240229215012123456', '1.20240229215012123457'],
    ['1-1-1', '1-2'],
  ])('%s and %s, as dpkg says', (left, right) => {
    expect(Math.sign(compareVersions(left, right))).toBe(dpkgOrder(left, right));
  });

  test('any two, as dpkg says', () => {
    fc.assert(
      fc.property(version, version, (left, right) => {
        expect(Math.sign(compareVersions(left, right))).toBe(dpkgOrder(left, right));
      }),
      { numRuns: 200 },
    );
  });

  test('it is an order: reversed it has the other sign, and equal to itself', () => {
    fc.assert(
      fc.property(version, version, (left, right) => {
        expect(Math.sign(compareVersions(left, right))).toBe(0 - Math.sign(compareVersions(right, left)));
        expect(compareVersions(left, left)).toBe(0);
      }),
    );
  });
});

test('the revision starts at the last dash, the epoch ends at the first colon', () => {
  expect(parseVersion('1:2.0-rc1-3')).toEqual({ epoch: 1, upstream: '2.0-rc1', revision: '3' });
  expect(parseVersion('1.22.21')).toEqual({ epoch: 0, upstream: '1.22.21', revision: '' });
});

describe('one source version', () => {
  test.each([
    ['5.2.37-2+b5', '5.2.37-2+b7', true],
    ['5.2.37-2+b5', '5.2.37-2', true],
    ['14.2.0-19', '14.2.0-19cross1', true],
    ['14.2.0-19', '14.2.0-19cross1+b2', true],
    ['12.2.0-14+deb12u1', '12.2.0-14cross1', false],
    ['5.2.37-2', '5.2.37-3', false],
    ['1:1.0-1', '1.0-1', false],
    ['1.0+b2-1', '1.0-1', false],
  ])('%s and %s: %s', (left, right, same) => {
    expect(sameSource(left, right)).toBe(same);
    expect(sameSource(right, left)).toBe(same);
  });

  test('a rebuild of any version keeps it', () => {
    fc.assert(
      fc.property(version, fc.nat(99), (guest, build) => {
        // No archive rebuilds a rebuild: `1.0+b1+b2` does not exist.
        fc.pre(!/\+b\d+$/.test(guest));
        expect(sameSource(guest, `${guest}+b${String(build)}`)).toBe(true);
        expect(sameUpstream(guest, `${guest}+b${String(build)}`)).toBe(true);
      }),
    );
  });
});

describe('the choice of a donor version', () => {
  test('the same version wins over newer ones', () => {
    expect(chooseVersion('1.0-1', ['1.0-2', '1.0-1', '1.0-1+b1'])).toEqual({ version: '1.0-1' });
  });

  test('then a rebuild of the same source, the newest, without a note', () => {
    expect(chooseVersion('1.0-1+b3', ['1.0-2', '1.0-1', '1.0-1+b12', '1.0-1+b2'])).toEqual({ version: '1.0-1+b12' });
  });

  test('then another revision of the same upstream version, with a note that names both', () => {
    const choice = chooseVersion('12.2.0-14+deb12u1', ['12.2.0-14cross1', '13.1.0-1']);
    expect(choice?.version).toBe('12.2.0-14cross1');
    expect(choice?.note).toContain('12.2.0-14+deb12u1');
    expect(choice?.note).toContain('12.2.0-14cross1');
  });

  test('never another upstream version', () => {
    expect(chooseVersion('1.22.21', ['1.22.22', '1.22.20'])).toBeUndefined();
    expect(chooseVersion('4:14.2.0-1', ['14.2.0-1'])).toBeUndefined();
    expect(chooseVersion('1.0', [])).toBeUndefined();
  });
});
