import { describe, expect, test } from 'vitest';
import type { Progress } from '../../src/app/progress.ts';
import { renderInstalled } from '../../src/cli/installed.ts';
import { renderPacked } from '../../src/cli/packed.ts';
import { makeReporter } from '../../src/cli/progress-reporter.ts';
import { renderError, renderErrorJson } from '../../src/cli/render-error.ts';
import { paletteFor } from '../../src/cli/style.ts';
import { displayWidth, renderTable, shortened } from '../../src/cli/table.ts';
import { EnvironmentError } from '../../src/core/errors.ts';
import { guestPath, hostPath } from '../../src/core/paths.ts';

const plain = paletteFor({}, {});

describe('an error', () => {
  const error = new EnvironmentError({ code: 'E_LOCKED', what: 'it is locked', why: 'a\nb', fix: ['wait', 'ask'] });

  test('says what, why and how to mend it', () => {
    expect(renderError(error, plain)).toEqual({
      text: 'error[E_LOCKED]: it is locked\n  why: a\n       b\n  fix: wait\n       ask\n',
      exitCode: 3,
    });
  });

  test('is one line of JSON for a program', () => {
    const { text, exitCode } = renderErrorJson(error);
    expect(JSON.parse(text)).toEqual({
      error: { code: 'E_LOCKED', what: 'it is locked', why: 'a\nb', fix: ['wait', 'ask'] },
    });
    expect(text.indexOf('\n')).toBe(text.length - 1);
    expect(exitCode).toBe(3);
  });

  test('that nobody expected shows its stack, and is status 70', () => {
    const { text, exitCode } = renderError(new TypeError('x is not a function'), plain);
    expect(text).toMatch(/^bug in qemu-accel: x is not a function\n {4}at .*cli-render\.test\.ts/);
    expect(exitCode).toBe(70);
    expect(JSON.parse(renderErrorJson('text').text)).toMatchObject({ error: { code: 'E_BUG', what: 'text' } });
  });
});

test('colours are for terminals whose owner has not asked for none', () => {
  const red = (stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean =>
    paletteFor(stream, env).red('x') !== 'x';
  expect(red({ isTTY: true }, {})).toBe(true);
  expect(red({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
  expect(red({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
  expect(red({}, {})).toBe(false);
});

describe('a table', () => {
  test('aligns by what a terminal shows, and leaves no trailing blanks', () => {
    const columns = [{ title: 'name' }, { title: 'n', align: 'right' as const }, { title: 'note' }];
    const rows = [
      ['漢字', '7', 'wide'],
      ['e\u0301', '10', ''],
    ];
    expect(renderTable(columns, rows)).toBe('name   n  note\n漢字   7  wide\ne\u0301     10\n');
  });

  test('texts are cut at a width, never in the middle of a character', () => {
    expect(['a  b\nc', '漢字漢字', 'abcdef'].map((text) => shortened(text, 5))).toEqual(['a b c', '漢字…', 'abcd…']);
  });

  test('knows the width of a text', () => {
    expect(['abc', '漢字', 'é', 'e\u0301', '👩‍👩‍👧', '’'].map(displayWidth)).toEqual([3, 4, 1, 1, 2, 1]);
  });
});

test('install tells of twins of another revision, and why programs stay emulated', () => {
  const result = {
    root: hostPath('/srv/root'),
    arch: 'arm64',
    osName: 'Debian GNU/Linux 12 (bookworm)',
    packs: ['base', 'toolchain'],
    donor: 'apt',
    isDryRun: false,
    accelerated: 389,
    libraries: 120,
    otherRevisions: [{ note: 'the guest has 2, the twin comes from 1', twins: 12, guest: '2', donor: '1' }],
    emulated: [{ path: guestPath('/usr/bin/su'), reason: 'privileged' as const }],
    emulatedByReason: { privileged: 1 },
    sizeBytes: 184 * 1024 * 1024,
    fromCache: true,
    written: 700,
  };
  expect(renderInstalled(result)).toBe(
    [
      'Debian GNU/Linux 12 (bookworm), arm64, in /srv/root',
      '389 programs accelerated, with 120 libraries, 184 MiB, from the cache',
      '12 twins of another revision: the guest has 2, the twin comes from 1',
      '1 programs stay emulated:',
      '1  it is setuid, setgid or has file capabilities',
      '',
    ].join('\n'),
  );
});

test('packages are told with their sizes, as files and installed', () => {
  const MIB = 1024 * 1024;
  const main = { name: 'qemu-accel-arm64', family: 'qemu-accel', path: hostPath('/srv/out/qemu-accel-arm64.deb') };
  const packages = [{ ...main, sizeBytes: 30.7 * MIB, installedBytes: 178.1 * MIB }];
  expect(renderPacked({ packages, out: hostPath('/srv/out') })).toBe(
    ['package            MiB  installed', 'qemu-accel-arm64  30.7      178.1', 'in /srv/out', ''].join('\n'),
  );
});

describe('progress', () => {
  const events: readonly Progress[] = [
    { kind: 'phase', title: 'first' },
    { kind: 'step', done: 1, total: 2, detail: 'gcc' },
    { kind: 'note', text: 'look' },
    { kind: 'phase', title: 'second' },
  ];

  function shown(isTTY: boolean): string {
    let text = '';
    let nowMs = 0;
    const stream = { isTTY, columns: 20, write: (part: string) => (text += part) };
    const reporter = makeReporter(stream, () => (nowMs += 700));
    events.forEach(reporter.sink);
    reporter.end('failed');
    return text;
  }

  test('is one line a phase in a log', () => {
    expect(shown(false)).toMatch(/^\[ +\ds\] first\nnote: look\n\[ +\ds\] second\n$/);
  });

  test('is a line that is redrawn on a terminal, never wider than it', () => {
    const text = shown(true);
    expect(text).toContain('first 1/2 gcc');
    // eslint-disable-next-line no-control-regex -- escape sequences are what this test is about
    const bare = text.replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, '');
    for (const line of bare.split(/[\r\n]/)) expect(line.length).toBeLessThanOrEqual(20);
    expect(bare).toMatch(/✓ first \ds\n/);
    expect(bare).toMatch(/✗ second \ds\n$/);
  });
});
