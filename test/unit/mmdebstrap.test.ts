import { promises as fsp } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mmdebstrapArgv, mmdebstrapFailure, phaseOf } from '../../src/adapters/buildroot/mmdebstrap.ts';
import { failureOfHook } from '../../src/app/bootstrap-failure.ts';
import { renderError } from '../../src/cli/render-error.ts';
import { paletteFor } from '../../src/cli/style.ts';
import { AccelError } from '../../src/core/errors.ts';
import { hostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { testDir } from '../support/temp.ts';

const PLAN = {
  suite: 'trixie',
  arch: 'arm64',
  dir: hostPath('/b/root'),
  sources: hostPath('/b/trixie.sources'),
  aptConf: hostPath('/b/apt.conf'),
  variant: 'buildd',
  include: [],
  hooks: { extract: [], customize: [] },
};

describe('the command line', () => {
  test('ends with suite, directory and sources', () => {
    expect(mmdebstrapArgv(PLAN).slice(-3)).toEqual(['trixie', '/b/root', '/b/trixie.sources']);
  });

  test('a hook is quoted for the shell, and gets the root', () => {
    const hooks = { extract: ["/it's here/node", 'install', '--donor', 'dir:/a b'], customize: [] };
    const hook = mmdebstrapArgv({ ...PLAN, hooks }).find((word) => word.startsWith('--extract-hook='));
    expect(hook).toBe(`--extract-hook='/it'\\''s here/node' install --donor 'dir:/a b' "$1"`);
  });

  test('dpkg refreshes the tree before it configures, as long as the bootstrap lasts', async () => {
    const settings = (argv: readonly string[]): string[] =>
      argv.filter((word) => /essential50|dpkg\.cfg\.d/.test(word));
    expect(settings(mmdebstrapArgv(PLAN))).toEqual([]);
    const hooks = { extract: [], customize: ["/it's here/node", 'refresh'] };
    const [written = '', removed = ''] = settings(mmdebstrapArgv({ ...PLAN, hooks }));
    const dir = await testDir();
    await fsp.mkdir(`${dir}/etc/dpkg/dpkg.cfg.d`, { recursive: true });
    await exec(['sh', '-c', written.replace('--essential-hook=', ''), 'sh', dir]);
    const [file = ''] = await fsp.readdir(`${dir}/etc/dpkg/dpkg.cfg.d`);
    const line = await fsp.readFile(`${dir}/etc/dpkg/dpkg.cfg.d/${file}`, 'utf8');
    const [, command = ''] = /^pre-invoke=(\[ .*)\n$/.exec(line) ?? [];
    // What dpkg would run, with a nsenter that says what it gets, and as many packages to be configured.
    const said = async (action: string, unpacked: number): Promise<string> => {
      const tools = `nsenter() { shift 4; echo "$@"; }; grep() { echo ${String(unpacked)}; }`;
      return (await exec(['sh', '-c', `DPKG_HOOK_ACTION=${action}; ${tools}; ${command}`])).stdout;
    };
    expect(await said('unpack', 70)).toBe('');
    expect(await said('configure', 1)).toBe('');
    expect(await said('configure', 70)).toBe(`'/it'\\''s here/node' refresh "$(pwd -P)"\n`);
    await exec(['sh', '-c', removed.replace('--customize-hook=', ''), 'sh', dir]);
    expect(await fsp.readdir(`${dir}/etc/dpkg/dpkg.cfg.d`)).toEqual([]);
  });

  test('packages that are to be included', () => {
    expect(mmdebstrapArgv({ ...PLAN, include: ['cmake', 'pkgconf'] })).toContain('--include=cmake,pkgconf');
    expect(mmdebstrapArgv(PLAN).filter((word) => word.startsWith('--include'))).toEqual([]);
  });
});

// Recorded from mmdebstrap 1.3.5.
test.each([
  ['I: running apt-get update...', 'fetching package lists'],
  ['I: installing remaining packages inside the chroot...', 'installing the other packages'],
  [
    `I: running --extract-hook in shell: sh -c 'node /x/qemu-accel install "$1"' exec /b/root`,
    'putting the emul tree in',
  ],
  [`I: running --customize-hook in shell: sh -c 'node x refresh "$1"' exec /b/root`, 'refreshing the emul tree'],
  [`I: running --customize-hook in shell: sh -c 'rm -f "$1/x"' exec /b/root`, undefined],
  [`I: running --extract-hook in shell: sh -c '! apt-get --simulate install x 2>&1 | grep' exec /b/root`, undefined],
  ['I: success in 115.1459 seconds', undefined],
  ['Setting up bash (5.2.37-2+b5) ...', undefined],
])('%s begins the phase: %s', (line, title) => {
  expect(phaseOf(line)).toBe(title);
});

describe('failures', () => {
  const argv = mmdebstrapArgv(PLAN);
  test.each([
    ["E: The repository 'http://m/debian nonesuch Release' does not have a Release file.", 'E_DOWNLOAD', /nonesuch/],
    ['E: Unable to locate package no-such', 'E_USAGE', /no-such/],
    ['E: Failed to fetch http://m/pool/a_1_arm64.deb  404  Not Found [IP: 1.2.3.4 80]', 'E_DOWNLOAD', /a_1_arm64\.deb/],
    [
      'E: Release file for http://m/dists/sid/InRelease is expired (invalid since 17d 12h 50min 39s).',
      'E_DOWNLOAD',
      /out of date: http:/,
    ],
    ['W: GPG error: http://m trixie InRelease: NO_PUBKEY 6ED0E7B82643E131', 'E_DOWNLOAD', /signature/],
    ["E: Failed to fetch http://m/x  Temporary failure resolving 'm'", 'E_DOWNLOAD', /reached/],
    [
      'E: Failed to fetch http://m/dists/trixie/main/binary-armhf/Packages.xz  File has unexpected size (9 != 8). Mirror sync in progress? [IP: 1.2.3.4 80]',
      'E_DOWNLOAD',
      /index http:\/\/m\/dists\/trixie\/main\/binary-armhf\/Packages\.xz is not the one/,
    ],
    ['E: Failed to fetch http://m/pool/a_1_armhf.deb  Hash Sum mismatch', 'E_DOWNLOAD', /serves .*a_1_armhf\.deb/],
    ['dpkg: error: cannot write: No space left on device', 'E_NO_SPACE', /room/],
  ])('%s', (line, code, what) => {
    const error = mmdebstrapFailure(argv, 25, `I: downloading\n${line}\nE: mmdebstrap failed to run\n`);
    expect(error).toMatchObject({ code });
    expect(error.what).toMatch(what);
    expect(error.fix).not.toEqual([]);
  });

  test('an unknown one shows what was said last, and how to replay it', () => {
    const error = mmdebstrapFailure(
      argv,
      25,
      'I: x\nkilled by a bird\nE: command failed: sh -c x\nE: mmdebstrap failed to run\n',
    );
    expect(error).toMatchObject({ code: 'E_COMMAND', status: 25 });
    expect(error.why).toContain('killed by a bird');
    expect(error.fix[0]).toContain('mmdebstrap --mode=root');
  });
});

describe('an error of our own hook', () => {
  const palette = paletteFor({ isTTY: false });

  test('is read back as it was printed', () => {
    const error = new AccelError({
      code: 'E_DOWNLOAD',
      what: 'packages could not be fetched',
      why: 'one line\nand another',
      fix: ['Check the network', 'Or wait'],
    });
    const stderr = `I: running --extract-hook\n[ 1s] inspecting\n${renderError(error, palette).text}E: mmdebstrap failed to run\n`;
    const found = failureOfHook(stderr);
    expect(found).toMatchObject({ code: error.code, what: error.what, why: error.why, fix: error.fix });
  });

  test('is not made up', () => {
    expect(failureOfHook('E: mmdebstrap failed to run\n')).toBeUndefined();
    expect(failureOfHook('error[E_NONSENSE]: x\n')).toBeUndefined();
  });
});
