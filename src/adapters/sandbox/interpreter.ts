/** The program that the kernel is told to start for every guest binary: qemu-user itself, or the dispatcher. */
import { createHash } from 'node:crypto';
import { accessSync, constants, promises as fsp } from 'node:fs';
import { PT } from '../../core/elf/constants.ts';
import { readElf } from '../../core/elf/read.ts';
import { embedQemu } from '../../core/embed-qemu.ts';
import { EnvironmentError } from '../../core/errors.ts';
import type { HandlerArch } from '../../core/arch.ts';
import { hostPath, joinHost, type HostPath } from '../../core/paths.ts';
import { cleanEnv } from '../../os/exec.ts';
import { withFileSource } from '../../os/file-source.ts';
import { cacheDir, exists, withErrno, writeAtomically } from '../../os/fs.ts';
import { projectPath } from '../../os/project.ts';

/**
 * The host's static qemu-user for an architecture: `qemu-<arch>-static`, or a `qemu-<arch>` that is static. A dynamic one
 * would look for its libraries in the build root.
 *
 * @throws EnvironmentError E_TOOL_MISSING when there is none.
 */
export function findQemu(arch: HandlerArch): HostPath {
  const dirs = (cleanEnv()['PATH'] ?? '').split(':').filter((dir) => dir.startsWith('/'));
  const names = [`qemu-${arch.qemu}-static`, `qemu-${arch.qemu}`];
  const found = names.flatMap((name) => dirs.map((dir) => joinHost(hostPath(dir), name))).find(isStaticProgram);
  if (found !== undefined) return found;
  throw new EnvironmentError({
    code: 'E_TOOL_MISSING',
    what: `no static qemu-user for ${arch.name} is installed`,
    why: `neither ${names.join(' nor ')} is a static program in ${dirs.join(', ')}`,
    fix: ['Install the package qemu-user-static (Debian 12) or qemu-user (Debian 13 and later)'],
  });
}

/**
 * The dispatcher under the name that tells it its architecture, with that qemu embedded for roots that have none, as a
 * file of the cache. The kernel opens it when it is registered, so it need not be in the build root.
 *
 * @throws EnvironmentError E_TOOL_MISSING when the dispatcher has not been built.
 */
export async function dispatcherFor(arch: HandlerArch, qemu: HostPath): Promise<HostPath> {
  const built = projectPath('native', 'build', 'qemu-binfmt');
  if (!(await exists(built))) {
    const what = 'the dispatcher has not been built';
    throw new EnvironmentError({ code: 'E_TOOL_MISSING', what, why: `no ${built}`, fix: ['Run `npm run build`'] });
  }
  const [dispatcher, emulator] = await Promise.all([fsp.readFile(built), fsp.readFile(qemu)]);
  const hash = createHash('sha256').update(dispatcher).update(emulator).digest('hex').slice(0, 16);
  const dir = joinHost(cacheDir(), 'interpreters', hash);
  const named = joinHost(dir, `qemu-${arch.qemu}-binfmt`);
  if (await exists(named)) return named;
  await withErrno('put the dispatcher in the cache', async () => {
    await fsp.mkdir(dir, { recursive: true });
    await writeAtomically(named, embedQemu(dispatcher, emulator), 0o755);
  });
  return named;
}

function isStaticProgram(path: HostPath): boolean {
  try {
    accessSync(path, constants.X_OK);
    return withFileSource(path, (source) => readElf(source).segments.every(({ type }) => type !== PT.interp));
  } catch {
    // Not there, not ours to run, or a script: in each case the next one is tried.
    return false;
  }
}
