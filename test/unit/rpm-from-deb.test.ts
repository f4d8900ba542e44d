import { describe, expect, test } from 'vitest';
import { parseDeb822 } from '../../src/core/deb822.ts';
import { closureOf, packageSet, providesOf, requiresOf, rpmVersion } from '../../src/core/rpm-from-deb.ts';

const STATUS = `
Package: tool
Pre-Depends: libc (>= 2.38)
Depends: absent | shell:any, editor (>= 1) | nano, missing, tool
Provides: a-tool (= 1.0), tool-abi-1

Package: libc

Package: bash
Provides: shell
Depends: libc

Package: vim
Provides: editor, shell
`;
const set = packageSet(parseDeb822(STATUS));
const tool = set.byName.get('tool') ?? new Map<string, string>();

describe('rpm of a Debian package', () => {
  test.each([
    ['1:2.38-3+b1', { epoch: '1', version: '2.38', release: '3+b1' }],
    ['1.5.91', { version: '1.5.91', release: '0' }],
    ['2.0~rc1-a-2', { version: '2.0~rc1_a', release: '2' }],
  ])('version %s', (debian, expected) => {
    expect(rpmVersion(debian)).toEqual(expected);
  });

  test('relations lose versions and architectures, and the first alternative that is there is taken', () => {
    expect(providesOf(tool)).toEqual(['a-tool', 'tool-abi-1']);
    expect(requiresOf(tool, set)).toEqual(['bash', 'libc', 'vim']);
  });

  test('the closure has what is needed, and says what is not there', () => {
    expect(closureOf(['bash', 'nothing'], set)).toEqual({ names: ['bash', 'libc'], missing: ['nothing'] });
    expect(closureOf(['tool'], set).names).toEqual(['bash', 'libc', 'tool', 'vim']);
  });
});
