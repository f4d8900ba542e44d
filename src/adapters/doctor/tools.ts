/** Finds programs of the machine, and asks them for their version. */
import { accessSync, constants, statSync } from 'node:fs';
import type { ToolVersion } from '../../core/doctor/tool-checks.ts';
import { hostPath, joinHost, type HostPath } from '../../core/paths.ts';
import { cleanEnv, exec } from '../../os/exec.ts';

/** In the PATH that programs of ours are started with. */
export function findProgram(name: string): HostPath | undefined {
  const dirs = (cleanEnv()['PATH'] ?? '').split(':').filter((dir) => dir.startsWith('/'));
  return dirs.map((dir) => joinHost(hostPath(dir), name)).find(isProgram);
}

/** The first number with a dot of what `--version` prints. */
export async function versionOf(path: HostPath): Promise<ToolVersion> {
  const said = await exec([path, '--version'], { timeoutMs: 10_000 }).catch(() => undefined);
  const version = /\d+\.\d[\w.]*/.exec(said?.stdout ?? '')?.[0];
  return version === undefined ? { path } : { path, version };
}

function isProgram(path: HostPath): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
