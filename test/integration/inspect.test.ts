import { promises as fsp } from 'node:fs';
import { join } from 'node:path/posix';
import { expect, test } from 'vitest';
import { parseStatus } from '../../src/adapters/buildroot/dpkg-database.ts';
import { inspectRoot } from '../../src/adapters/buildroot/inspect.ts';
import { ownerOfFile } from '../../src/adapters/buildroot/owner.ts';
import { resolveInRoot } from '../../src/adapters/buildroot/resolve.ts';
import { packagesOfExtractHook } from '../../src/adapters/buildroot/unpacked-debs.ts';
import type { Buildroot } from '../../src/core/model.ts';
import { guestPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { makeDeb } from '../support/debs.ts';
import { guestProgram, writeDpkgDatabase } from '../support/guest-program.ts';
import { describeNeeding } from '../support/needs.ts';
import { testDir } from '../support/temp.ts';

/** A small merged-/usr root with one of everything that inspect must tell apart. */
async function smallRoot(): Promise<HostPath> {
  const root = await testDir();
  const at = (path: string): HostPath => joinHost(root, path);
  await guestProgram(at('usr/bin/mawk'));
  await guestProgram(at('usr/bin/su'));
  await fsp.chmod(at('usr/bin/su'), 0o4755);
  await guestProgram(at('usr/sbin/static'), { flags: ['-static-pie', '-nostdlib', '-Wl,-e,main', '-fPIE'] });
  await guestProgram(at('usr/lib/aarch64-linux-gnu/libx.so.1.0'), {
    source: 'int x;',
    flags: ['-shared', '-fPIC', '-Wl,-soname,libx.so.1'],
  });
  await fsp.chmod(at('usr/lib/aarch64-linux-gnu/libx.so.1.0'), 0o644);
  await guestProgram(at('usr/bin/qemu-aarch64'), { arch: 'amd64' });
  await guestProgram(at('emul/usr/bin/mawk'));
  await guestProgram(at('usr/share/object.o'), { flags: ['-c'] });
  await guestProgram(at('usr/share/data'));
  await fsp.chmod(at('usr/share/data'), 0o644);
  await fsp.writeFile(at('usr/bin/script'), '#!/bin/sh\n'.padEnd(100), { mode: 0o755 });
  await fsp.writeFile(at('usr/bin/cut-short'), `\u007fELF${'\u0002\u0001\u0001'.padEnd(60)}`, { mode: 0o755 });
  await fsp.mkdir(at('etc/alternatives'), { recursive: true });
  await fsp.symlink('usr/bin', at('bin'));
  await fsp.symlink('/etc/alternatives/awk', at('usr/bin/awk'));
  await fsp.symlink('/usr/bin/mawk', at('etc/alternatives/awk'));
  await fsp.symlink('loop', at('usr/bin/loop'));
  await fsp.symlink('/usr/share', at('usr/bin/share'));
  await fsp.writeFile(at('etc/os-release'), 'PRETTY_NAME="A small root"\nVERSION_CODENAME=trixie\n');
  await writeDpkgDatabase(root, [
    { name: 'dpkg', files: [] },
    { name: 'mawk', version: '1.3-1+b2', files: ['/bin/mawk'] },
    { name: 'libx1', files: ['/usr/lib/aarch64-linux-gnu/libx.so.1.0'] },
    { name: 'gone', state: 'config-files', files: ['/usr/bin/su'] },
    { name: 'libx1-armhf', arch: 'armhf', files: [] },
  ]);
  return root;
}

function find(buildroot: Buildroot, path: string): Buildroot['binaries'][number] | undefined {
  return buildroot.binaries.find((binary) => binary.path === path);
}

describeNeeding(['gcc', 'readelf'], 'inspect', () => {
  test('finds programs and libraries of the guest, and only those', async () => {
    const buildroot = await inspectRoot(await smallRoot());
    expect(buildroot.binaries.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      'executable /usr/bin/mawk',
      'executable /usr/bin/su',
      'library /usr/lib/aarch64-linux-gnu/libx.so.1.0',
      'executable /usr/sbin/static',
    ]);
    expect(buildroot).toMatchObject({ arch: { name: 'arm64' }, osName: 'A small root', suite: 'trixie' });
  });

  test('knows the package of a file that is listed under /bin, and of none that is not installed', async () => {
    const root = await smallRoot();
    const buildroot = await inspectRoot(root);
    expect(find(buildroot, '/usr/bin/mawk')?.package).toEqual({ name: 'mawk', version: '1.3-1+b2', arch: 'arm64' });
    expect(find(buildroot, '/usr/bin/su')).not.toHaveProperty('package');
    expect(ownerOfFile(root, guestPath('/usr/bin/mawk'))?.name).toBe('mawk');
    expect([...buildroot.packages.keys()]).toEqual(['dpkg', 'mawk', 'libx1', 'libx1-armhf:armhf']);
  });

  test('follows links through other links and linked directories, and survives loops', async () => {
    const root = await smallRoot();
    const { links } = await inspectRoot(root);
    expect([...links]).toEqual([
      ['/etc/alternatives/awk', '/usr/bin/mawk'],
      ['/usr/bin/awk', '/usr/bin/mawk'],
    ]);
    expect(resolveInRoot(root, guestPath('/bin/awk'))).toBe('/usr/bin/mawk');
    expect(resolveInRoot(root, guestPath('/bin/loop'))).toBeUndefined();
    expect(resolveInRoot(root, guestPath('/bin/mawk/x'))).toBeUndefined();
    expect(resolveInRoot(root, guestPath('/bin/nothing'))).toBeUndefined();
  });

  test('says what readelf says', async () => {
    const root = await smallRoot();
    const buildroot = await inspectRoot(root);
    for (const binary of buildroot.binaries) {
      const { stdout } = await exec([
        'readelf',
        '--wide',
        '--notes',
        '--dynamic',
        '--segments',
        joinHost(root, binary.path),
      ]);
      expect(/Build ID: ([0-9a-f]+)/.exec(stdout)?.[1]).toBe(binary.buildId);
      expect(/\(SONAME\).*\[(.*)\]/.exec(stdout)?.[1]).toBe(binary.soname);
      expect([...stdout.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((found) => found[1])).toEqual(binary.needed);
      if (binary.kind === 'executable') expect(stdout.includes('INTERP')).toBe(!binary.isStatic);
    }
    expect(find(buildroot, '/usr/bin/su')?.isPrivileged).toBe(true);
    expect(find(buildroot, '/usr/bin/mawk')?.isPrivileged).toBe(false);
  });

  test('knows which programs of a 32-bit guest keep times in 64 bits', async () => {
    const root = await testDir();
    const calling = (name: string): string => `long ${name}(void *); long call(void) { return ${name}(0); }`;
    const flags = ['-m32', '-nostdlib', '-shared', '-fPIC'];
    for (const name of ['time', '__time64', '__stat64_time64', '__fxstat64', '__nanosleep64']) {
      const path = joinHost(root, 'usr/bin', name);
      await guestProgram(path, { arch: 'armhf', source: calling(name), flags });
    }
    const library = joinHost(root, 'usr/lib/libtime.so');
    const soname = '-Wl,-soname,libtime.so.1';
    await guestProgram(library, { arch: 'amd64', source: calling('__time64'), flags: [...flags, soname] });
    const linked = [...flags, '-Wl,--no-as-needed', library];
    await guestProgram(joinHost(root, 'usr/bin/linked'), { arch: 'armhf', source: 'int x;', flags: linked });
    await guestProgram(library, { arch: 'armhf', source: calling('__time64'), flags: [...flags, soname] });
    await writeDpkgDatabase(root, [{ name: 'dpkg', arch: 'armhf', files: [] }]);
    const { binaries } = await inspectRoot(root);
    const long = binaries.filter(({ hasLongTimes }) => hasLongTimes).map(({ path }) => path);
    expect(binaries.length - long.length).toBe(3);
    expect(long).toEqual(
      ['__stat64_time64', '__time64', 'linked', '../lib/libtime.so'].map((name) => join('/usr/bin', name)),
    );
  });

  test('takes packages that are unpacked but not yet in the database', async () => {
    const root = await smallRoot();
    const owner = { name: 'login', version: '2', arch: 'arm64' };
    const buildroot = await inspectRoot(root, { unpacked: [{ package: owner, files: ['/bin/su'] }] });
    expect(find(buildroot, '/usr/bin/su')?.package).toEqual(owner);
  });

  test.each([
    ['nothing', async (): Promise<void> => Promise.resolve(), 'no dpkg database'],
    [
      'the host’s architecture',
      (root: HostPath) => writeDpkgDatabase(root, [{ name: 'dpkg', arch: 'amd64', files: [] }]),
      'own',
    ],
    [
      'an unknown one',
      (root: HostPath) => writeDpkgDatabase(root, [{ name: 'dpkg', arch: 'pdp11', files: [] }]),
      'pdp11',
    ],
  ])('a directory with %s is no build root', async (_, fill, why) => {
    const root = await testDir();
    await fill(root);
    await expect(inspectRoot(root)).rejects.toMatchObject({
      code: 'E_ROOT',
      why: expect.stringContaining(why) as string,
    });
  });

  test('a file, and what is not there, are no build roots', async () => {
    const root = await testDir();
    await fsp.writeFile(joinHost(root, 'file'), '');
    for (const name of ['file', 'nothing']) {
      await expect(inspectRoot(joinHost(root, name))).rejects.toMatchObject({ code: 'E_ROOT' });
    }
  });
});

describeNeeding(['dpkg'], 'the dpkg database', () => {
  test('reads as dpkg-query reads it: this machine’s own', async () => {
    const format = '${db:Status-Status} ${Package} ${Version} ${Architecture}\\n';
    const { stdout } = await exec(['dpkg-query', '-W', '-f', format]);
    const theirs = stdout.split('\n').flatMap((line) => {
      const [state, ...rest] = line.split(' ');
      return state === 'installed' ? [rest.join(' ')] : [];
    });
    const status = await fsp.readFile('/var/lib/dpkg/status', 'utf8');
    const ours = parseStatus(status).map(({ name, version, arch }) => `${name} ${version} ${arch}`);
    expect(theirs.length).toBeGreaterThan(50);
    expect(ours.sort()).toEqual(theirs.sort());
  });
});

describeNeeding(['dpkg'], 'what mmdebstrap has unpacked', () => {
  test('is told by the checksums of each package, or by its contents where it has none', async () => {
    const root = await testDir();
    const files = { '/usr/bin/tool': 'x', '/usr/share/doc/a b': 'y' };
    const sums = Object.keys(files).map((path) => `${'0'.repeat(32)}  ${path.slice(1)}\n`);
    const debs = [
      await makeDeb(root, { name: 'summed', version: '1:2-3', arch: 'arm64', files, md5sums: sums.join('') }),
      await makeDeb(root, { name: 'bare', version: '4', arch: 'all', files }),
      await makeDeb(root, { name: 'empty', version: '5', arch: 'all' }),
    ];
    const names = debs.map((deb) => deb.slice(root.length));
    const env = { MMDEBSTRAP_HOOK: 'extract', MMDEBSTRAP_ESSENTIAL: names.join(' ') };
    const found = await packagesOfExtractHook(root, env);
    expect(found?.map((one) => ({ ...one, files: [...one.files].sort() }))).toEqual([
      { package: { name: 'summed', version: '1:2-3', arch: 'arm64' }, files: Object.keys(files) },
      { package: { name: 'bare', version: '4', arch: 'all' }, files: Object.keys(files) },
      { package: { name: 'empty', version: '5', arch: 'all' }, files: [] },
    ]);
    expect(await packagesOfExtractHook(root, {})).toBeUndefined();
  });
});
