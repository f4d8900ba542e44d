/**
 * hooks/mmdebstrap, as a person would use it: mmdebstrap itself makes the root, on a machine where the dispatcher is
 * registered; by root, and by an ordinary user. The machine is one of the test's own; its network namespace is not, so /sys
 * cannot be mounted.
 */
import { promises as fsp } from 'node:fs';
import { expect, test } from 'vitest';
import { hostTransport } from '../../src/adapters/donor/apt-private.ts';
import { hostSourcesFor } from '../../src/adapters/donor/apt-sources.ts';
import { runCaptured } from '../../src/app/run.ts';
import { formatSources } from '../../src/core/apt-sources.ts';
import { hostPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { machine } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';
import { testDir } from '../support/temp.ts';
import { readTraceFile } from '../support/two-sides.ts';
import { asOrdinaryUser } from '../support/user.ts';

const HOOKS = hostPath(`${import.meta.dirname}/../../hooks/mmdebstrap`);

const NEEDS = ['root', 'mmdebstrap', 'binfmt', 'qemu-aarch64', 'mirror', 'patchelf', 'subuid'] as const;
/** Few enough that a cache of its own, which root in a user's namespace gets, is filled in seconds. */
const FEW = `
name = "few"
about = "what the maintainer scripts of a small root run most"
[[programs]]
packages = ["bc", "coreutils", "dash", "diffutils", "dpkg", "grep", "sed", "tar"]
`;
/** The second is what dpkg needs for itself. */
const WHAT = {
  root: ['--variant=essential', '--include=bc,perl'],
  unshare: [
    '--variant=custom',
    '--include=base-files,base-passwd,bc,coreutils,dash,diffutils,dpkg,grep,libc-bin,sed,tar',
  ],
};
/** When dpkg configures perl, and after the hook's own setting (they go by name): is it, with a module, a twin? */
const PERL = `perl -MPOSIX -e 'open F, "/proc/self/maps"; print grep(m(/emul/), <F>) ? "twin" : "emulated"'`;
const PERL_HOOK = `--essential-hook=cat >"$1"/etc/dpkg/dpkg.cfg.d/z-test <<'END'
pre-invoke=[ "$DPKG_HOOK_ACTION" != configure ] || ! [ -e /usr/bin/xsubpp ] || ${PERL} >/var/how-perl-ran
END`;
const SCRIPT = 'dpkg --audit; echo 6*7 | bc';

/** mmdebstrap and its arguments, but for the mode and the result's name. */
async function mmdebstrapArgv(dir: HostPath, mode: keyof typeof WHAT, result: HostPath): Promise<string[]> {
  const sources = joinHost(dir, 'trixie.sources');
  await fsp.writeFile(sources, formatSources(await hostSourcesFor('trixie'), []));
  const transport = (await hostTransport()).map((line) => `--aptopt=${line}`);
  const twin = '--essential-hook=stat -c "twin %A" "$1"/emul/usr/bin/dash >&2';
  const skip = '--skip=check/qemu,chroot/mount/sys';
  const what = ['--arch=arm64', ...WHAT[mode], twin, PERL_HOOK, `--hook-dir=${HOOKS}`];
  return ['mmdebstrap', `--mode=${mode}`, skip, ...what, ...transport, 'trixie', result, sources];
}

/** As words of a shell. */
function quoted(argv: readonly string[]): string {
  return argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}

async function howRan(root: HostPath, trace: HostPath): Promise<string[]> {
  const ran = await runCaptured({ root, command: ['sh', '-c', SCRIPT], trace });
  expect(ran).toMatchObject({ status: 0, stdout: '42\n' });
  return (await readTraceFile(trace)).map(({ how, path }) => `${how} ${path}`);
}

describeNeeding(NEEDS, 'mmdebstrap --hook-dir', () => {
  test('the root is accelerated before its first maintainer script, and refreshed after the last', async () => {
    const dir = await testDir();
    const root = joinHost(dir, 'root');
    const argv = await mmdebstrapArgv(dir, 'root', root);
    const { status, stderr } = await machine(`mount_table && binfmt register arm64 && ${quoted(argv)}`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('twin -rwxr-xr-x') as string });
    expect(await fsp.readFile(joinHost(root, 'var/how-perl-ran'), 'utf8')).toBe('twin');
    expect(await howRan(root, joinHost(dir, 'trace'))).toEqual([
      'accelerated /usr/bin/sh',
      'accelerated /usr/bin/dpkg',
      'accelerated /usr/bin/bc',
    ]);
  });

  test('mode unshare: an ordinary user makes one, as an archive', async () => {
    const dir = await testDir();
    // What is on the way to the hook's cache and to the packs can be read by subordinate ids.
    const [open, user, root] = ['open', 'user', 'root'].map((name) => joinHost(dir, name)) as [
      HostPath,
      HostPath,
      HostPath,
    ];
    for (const name of [open, user, root]) await fsp.mkdir(name);
    for (const [name, mode] of [
      [dir, 0o755],
      [open, 0o1777],
    ] as const)
      await fsp.chmod(name, mode);
    await fsp.writeFile(joinHost(dir, 'few.toml'), FEW);
    const env = [
      'env',
      '-u',
      'QEMU_ACCEL_CACHE',
      `TMPDIR=${open}`,
      `HOME=${open}`,
      `QEMU_ACCEL_PACKS=${joinHost(dir, 'few.toml')}`,
    ];
    const made = joinHost(open, 'root.tar');
    const argv = await asOrdinaryUser(user, [...env, ...(await mmdebstrapArgv(dir, 'unshare', made))]);
    const { status, stderr } = await machine(`mount_table && binfmt register arm64 && ${quoted(argv)}`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('twin -rwxr-xr-x') as string });
    await exec(['tar', '--extract', '--file', made, '--directory', root]);
    expect(await howRan(root, joinHost(dir, 'trace'))).toEqual([
      'accelerated /usr/bin/sh',
      'accelerated /usr/bin/dpkg',
      'accelerated /usr/bin/bc',
    ]);
  });
});
