/**
 * A set-up like postmarketOS's crossdirect: the root is emulated, and a native cross compiler comes first in PATH. The
 * native root is bound to /native, and its loader and libraries to where its programs look for them. gcc finds its parts from
 * the place that it was called from, so it needs neither a wrapper nor a variable.
 */
import { promises as fsp } from 'node:fs';
import { inRoot, guestPath, joinHost, type HostPath } from '../../core/paths.ts';
import { errnoOf, withErrno } from '../../os/fs.ts';
import type { View } from './sandbox.ts';

/** A directory of the native root: its cross compiler under the names of a native one. */
export const NATIVE_COMPILERS = '/opt/crossdirect';
/** The guest's libc where the cross compiler has it; its libc.so is a linker script that says so. */
export const CROSS_TARGET = '/usr/aarch64-linux-gnu';
const NAMES = { gcc: 'gcc', cc: 'gcc', 'g++': 'g++', 'c++': 'g++', cpp: 'cpp' };
const PREFIX = 'aarch64-linux-gnu-';

export async function makeNativeCompilers(nativeRoot: HostPath): Promise<void> {
  const dir = inRoot(nativeRoot, guestPath(NATIVE_COMPILERS));
  await withErrno(`set up ${dir}`, async () => {
    await fsp.mkdir(dir, { recursive: true });
    for (const [name, tool] of Object.entries(NAMES)) {
      for (const link of [name, `${PREFIX}${name}`])
        await linkOnce(`../../usr/bin/${PREFIX}${tool}`, joinHost(dir, link));
    }
  });
}

/** What the foreign root sees of the native one. */
export async function crossdirectView(nativeRoot: HostPath): Promise<View> {
  await makeNativeCompilers(nativeRoot);
  const library = '/usr/lib/x86_64-linux-gnu';
  return {
    path: `/native${NATIVE_COMPILERS}`,
    binds: [
      `${nativeRoot}:/native:ro`,
      `${inRoot(nativeRoot, guestPath(library))}:${library}:ro`,
      `${inRoot(nativeRoot, guestPath('/usr/lib64'))}:/lib64:ro`,
      `${inRoot(nativeRoot, guestPath(CROSS_TARGET))}:${CROSS_TARGET}:ro`,
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
