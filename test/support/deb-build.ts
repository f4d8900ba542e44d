/**
 * For the tests of hooks that give twins to a Debian package's build dependencies: a source package, and the archive of an
 * accelerated root. Few programs, so that few twins must be made in a cache that may be the hook's own.
 */
import { promises as fsp } from 'node:fs';
import { install } from '../../src/app/install.ts';
import { hostPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { copyOfRoot, testRoot } from './roots.ts';

const SOURCE = hostPath(`${import.meta.dirname}/sources/deb-probe`);
/** What the build makes, its log and its source package's file. */
export const PROBE = { deb: 'deb-probe_1.0_arm64.deb', dsc: 'deb-probe_1.0.dsc' } as const;
/** A line of the log: what readlink(1), a twin too where there are any, says of its build dependency. */
export const CPIO_RUNS = {
  accelerated: 'cpio runs as /usr/bin/cpio\n',
  emulated: /cpio runs as \S*qemu-aarch64/,
} as const;

const PACK = `
name = "few"
about = "what the source package of these tests runs most"
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

/** Makes the source package in `dir`. */
export async function makeSourcePackage(dir: HostPath): Promise<void> {
  await exec(['dpkg-source', '--build', SOURCE], { cwd: dir });
}

/**
 * The archive of an accelerated root. cpio gets twins only by the hook: the root lacks it.
 *
 * @param dir gets the file of a pack as well, which must stay there.
 */
export async function makeRootArchive(dir: HostPath, name: string): Promise<HostPath> {
  const [archive, pack] = [joinHost(dir, name), joinHost(dir, 'few.toml')];
  await fsp.writeFile(pack, PACK);
  const copy = await copyOfRoot(await testRoot());
  try {
    await install({ root: copy.root, packs: [pack, 'perl'] });
    await exec(['tar', '--create', '--file', archive, '--directory', copy.root, '.']);
    return archive;
  } finally {
    await copy.dispose();
  }
}
