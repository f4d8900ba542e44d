/**
 * hooks/sbuild, as a person would use it: an ordinary user's sbuild, chroot mode unshare, on a machine (of the test's own)
 * where the dispatcher is registered. Few programs, so that few twins must be made in a cache that is that user's own.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { install } from '../../src/app/install.ts';
import { hostPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { machine, type Said } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';
import { copyOfRoot, testRoot } from '../support/roots.ts';
import { tempDir, type TempDir } from '../support/temp.ts';
import { asOrdinaryUser, USER } from '../support/user.ts';

const HOOK = hostPath(`${import.meta.dirname}/../../hooks/sbuild/refresh`);
const SOURCE = hostPath(`${import.meta.dirname}/../support/sources/sbuild-probe`);
const PACK = `
name = "few"
about = "what the source package of this test runs most"
[[programs]]
packages = ["apt", "coreutils", "cpio", "dash", "dpkg", "sed", "sqv", "tar"]
[[programs]]
packages = ["util-linux"]
paths = ["/usr/bin/nsenter"]

# What \`base\` says of every twin's C library and loader.
[retarget."libc.so.6"]
in-place = [
  ["/usr/lib/{host-triplet}/gconv", "{libraries}/gconv"],
  ["/usr/lib/{host-triplet}/gconv/gconv-modules.cache", "{libraries}/gconv/gconv-modules.cache"],
]
[retarget."libc.so.6".keep]
"/lib64/ld-linux" = "the loader's name"
[retarget."ld-linux*.so.2"]
in-place = [["/etc/ld.so.cache", "/emul/ld.cache"], ["/etc/ld.so.preload", "/emul/ld.preload"]]
[retarget."libcrypto.so.*".keep]
" (for|on) x86_64" = "credits"
[retarget.sqv.keep]
"/target/x86_64-unknown-linux-gnu/release/build/" = "the source file of a panic's message"
`;
const NEEDS = ['root', 'sbuild', 'binfmt', 'qemu-aarch64', 'mirror', 'patchelf', 'dpkg'] as const;

let temp: TempDir;

async function sbuild(name: string, ...options: readonly string[]): Promise<Said & { readonly deb: Buffer }> {
  const [out, files] = [joinHost(temp.dir, name), joinHost(temp.dir, `${name}-user`)];
  for (const dir of [out, files, joinHost(out, 'home')]) await fsp.mkdir(dir);
  for (const dir of [out, joinHost(out, 'home')]) await fsp.chown(dir, USER.uid, USER.uid);
  const argv = await asOrdinaryUser(files, [
    ...['env', '-C', out, `HOME=${joinHost(out, 'home')}`, 'sbuild', '--chroot-mode=unshare', '--arch=arm64'],
    ...['--dist=trixie', `--chroot=${joinHost(temp.dir, 'chroot.tar')}`, '--no-apt-upgrade', '--no-apt-distupgrade'],
    ...['--no-run-lintian', '--nolog', ...options, joinHost(temp.dir, 'sbuild-probe_1.0.dsc')],
  ]);
  const words = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const said = await machine(`mount_table && binfmt register arm64 && ${words}`);
  expect(said, said.stdout.slice(-3000)).toMatchObject({ status: 0 });
  return { ...said, deb: await fsp.readFile(joinHost(out, 'sbuild-probe_1.0_arm64.deb')) };
}

async function tarOfAcceleratedRoot(packs: readonly string[]): Promise<void> {
  const copy = await copyOfRoot(await testRoot());
  try {
    await install({ root: copy.root, packs });
    await exec(['tar', '--create', '--file', joinHost(temp.dir, 'chroot.tar'), '--directory', copy.root, '.']);
  } finally {
    await copy.dispose();
  }
}

/** As mmdebstrap and sbuild need it: everything on the way can be read by subordinate ids. */
async function readableDir(): Promise<HostPath> {
  temp = await tempDir();
  await fsp.chmod(temp.dir, 0o755);
  // The hook's cache: root in the user's namespace makes a directory there.
  await fsp.mkdir(joinHost(temp.dir, 'hook'));
  await fsp.chmod(joinHost(temp.dir, 'hook'), 0o777);
  return temp.dir;
}

describeNeeding(NEEDS, 'sbuild with its hook', () => {
  beforeAll(async () => {
    const dir = await readableDir();
    await fsp.writeFile(joinHost(dir, 'few.toml'), PACK);
    await tarOfAcceleratedRoot([joinHost(dir, 'few.toml'), 'perl']);
    await exec(['dpkg-source', '--build', SOURCE], { cwd: dir });
  });
  afterAll(async () => {
    await exec(['rm', '-rf', '--one-file-system', temp.dir]);
  });

  test('a build dependency of the same run is accelerated, and the package is the emulated one', async () => {
    const hook = `nsenter --mount=/proc/self/ns/mnt --wd=/ env TMPDIR=${joinHost(temp.dir, 'hook')} ${HOOK}`;
    const accelerated = await sbuild('accelerated', `--starting-build-commands=${hook}`);
    // What readlink(1), a twin too, says of a twin.
    expect(accelerated.stdout).toContain('cpio runs as /usr/bin/cpio\n');
    const emulated = await sbuild('emulated', '--starting-build-commands=rm -rf /emul');
    expect(emulated.stdout).toMatch(/cpio runs as \S*qemu-aarch64/);
    expect(accelerated.deb.equals(emulated.deb)).toBe(true);
  });

  test('where the hook can make no twins it says so, and the build goes on', async () => {
    const { status, stdout } = await machine(`cd ${joinHost(temp.dir, 'hook')} && ${HOOK}`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'W: the build dependencies run emulated\n' });
  });
});
