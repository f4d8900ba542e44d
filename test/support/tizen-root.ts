/**
 * A build root as Tizen's qemu-accel leaves it: the guest's LTO plug-in is a link to the twin in /emul, so that the twins' ld
 * can load it. Where another handler than the dispatcher is registered the guest's own ld runs, and cannot.
 */
import { promises as fsp } from 'node:fs';
import { findLtoPlugins } from '../../src/adapters/buildroot/lto-plugins.ts';
import { guestPath, inRoot, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { acceleratedRoot } from './accelerated-root.ts';
import { testRoot, type RootCopy, type TestRoot } from './roots.ts';

/** Where the sample package is, in the root. It has a configure script of autoconf's and a meson.build. */
export const PACKAGE = guestPath('/tmp/build');
const FILES = {
  'configure.ac': 'AC_INIT([sample], [1])\nAC_PROG_CC\nAC_OUTPUT\n',
  'meson.build': "project('sample', 'c')\nexecutable('sample', 'sample.c')\n",
  'sample.c': 'int main(void) { return 0; }\n',
};
/** autoconf, which is scripts; a root of another architecture runs them as well. */
const AUTOCONF = ['usr/bin/autoconf', 'usr/bin/autom4te', 'usr/share/autoconf'];

/** @returns a copy of the test root, accelerated, with that link and the sample package. */
export async function tizenRoot(name: TestRoot): Promise<RootCopy> {
  const copy = await acceleratedRoot(name);
  try {
    for (const { path } of findLtoPlugins(copy.root)) {
      await fsp.rm(inRoot(copy.root, path));
      await fsp.symlink(`/emul${path}`, inRoot(copy.root, path));
    }
    await writePackage(copy.root);
    return copy;
  } catch (error) {
    await copy.dispose();
    throw error;
  }
}

async function writePackage(root: HostPath): Promise<void> {
  const dir = inRoot(root, PACKAGE);
  await fsp.mkdir(dir, { recursive: true });
  for (const [name, text] of Object.entries(FILES)) await fsp.writeFile(joinHost(dir, name), text);
  await exec(['cp', '--archive', '--parents', ...AUTOCONF, root], { cwd: await testRoot('trixie-arm64-builds') });
}
