/** The two files of an accelerated root that lie outside /emul: the emulator and the dispatcher, in its /usr/bin. */
import { existsSync } from 'node:fs';
import type { Arch } from '../../core/arch.ts';
import { readElf } from '../../core/elf/read.ts';
import { hasSlowPauth } from '../../core/emulators.ts';
import type { Host } from '../../core/host.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { hostPath, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { withFileSource } from '../../os/file-source.ts';
import { projectPath } from '../../os/project.ts';

/**
 * The host's statically linked qemu-user for a guest: inside a build root there are no host libraries for a dynamic one.
 *
 * @throws EnvironmentError E_TOOL_MISSING
 */
export function findEmulator(arch: Arch): HostPath {
  const dirs = [...(process.env['PATH'] ?? '').split(':').filter((dir) => dir.startsWith('/')), '/usr/bin'];
  const names = [`qemu-${arch.qemu}-static`, `qemu-${arch.qemu}`];
  const found = names.flatMap((name) => dirs.map((dir) => hostPath(`${dir}/${name}`))).find(isStaticProgram);
  if (found !== undefined) return found;
  throw new EnvironmentError({
    code: 'E_TOOL_MISSING',
    what: `no statically linked emulator for ${arch.name} was found`,
    why: `neither ${names.join(' nor ')} is in PATH`,
    fix: ['apt-get install qemu-user-static (qemu-user on Debian 13)'],
  });
}

/** The build-id of an emulator that is to be told to sign pointers the quick way; undefined for others. */
export async function fastPauthEmulator(arch: Arch, emulator: HostPath): Promise<string | undefined> {
  const { stdout } = await exec([emulator, '--version']);
  return hasSlowPauth(arch, stdout) ? withFileSource(emulator, readElf).buildId : undefined;
}

/** @throws EnvironmentError E_TOOL_MISSING where the C parts have not been built. */
export function nativeFile(name: 'qemu-binfmt' | 'loader-rescue.bin' | 'loader-cpu.bin' | Host['shimFile']): HostPath {
  const path = projectPath('native', 'build', name);
  if (existsSync(path)) return path;
  throw new EnvironmentError({
    code: 'E_TOOL_MISSING',
    what: `${name} has not been built`,
    why: `${path} is not there`,
    fix: ['npm run build:native'],
  });
}

function isStaticProgram(path: HostPath): boolean {
  return existsSync(path) && withFileSource(path, readElf).interpreter === undefined;
}
