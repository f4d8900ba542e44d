/**
 * A set-up like postmarketOS's crossdirect: the root is emulated, and a native cross compiler comes first in PATH. The
 * native root is bound to /native, and its loader and libraries to where its programs look for them. gcc finds its parts from
 * the place that it was called from, so it needs neither a wrapper nor a variable.
 */
import { promises as fsp } from 'node:fs';
import { inRoot, guestPath, joinHost, type HostPath } from '../../core/paths.ts';
import { errnoOf, withErrno } from '../../os/fs.ts';
import type { View } from './sandbox.ts';

const DIR = '/opt/crossdirect';
const NAMES = { gcc: 'gcc', cc: 'gcc', 'g++': 'g++', 'c++': 'g++', cpp: 'cpp' };
const PREFIX = 'aarch64-linux-gnu-';

/** What the foreign root sees of the native one. */
export async function crossdirectView(nativeRoot: HostPath): Promise<View> {
  const dir = inRoot(nativeRoot, guestPath(DIR));
  await withErrno(`set up ${dir}`, async () => {
    await fsp.mkdir(dir, { recursive: true });
    for (const [name, tool] of Object.entries(NAMES)) {
      for (const link of [name, `${PREFIX}${name}`])
        await linkOnce(`../../usr/bin/${PREFIX}${tool}`, joinHost(dir, link));
    }
  });
  const [library, target] = ['/usr/lib/x86_64-linux-gnu', '/usr/aarch64-linux-gnu'];
  return {
    path: `/native${DIR}`,
    binds: [
      `${nativeRoot}:/native:ro`,
      `${inRoot(nativeRoot, guestPath(library))}:${library}:ro`,
      `${inRoot(nativeRoot, guestPath('/usr/lib64'))}:/lib64:ro`,
      // Its libc.so is a linker script that says where the library is.
      `${inRoot(nativeRoot, guestPath(target))}:${target}:ro`,
    ],
  };
}

async function linkOnce(target: string, path: HostPath): Promise<void> {
  try {
    await fsp.symlink(target, path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}
