/** Removes what a killed run has left in a root. */
import { promises as fsp } from 'node:fs';
import { inRoot, joinHost, type HostPath } from '../../core/paths.ts';
import { errnoOf } from '../../os/fs.ts';
import { EMUL, outsideNames } from './tree.ts';

/** A name of os/fs.ts siblingName. */
const TEMPORARY = /^\.(.+)\.[0-9a-f]{12}\.new$/;

export async function sweepLeftovers(root: HostPath, binDir: HostPath): Promise<void> {
  const ours = new Set(outsideNames());
  await sweepDir(root, (name) => name === 'emul');
  await sweepDir(binDir, (name) => ours.has(name));
  await sweepBelow(inRoot(root, EMUL));
}

async function sweepDir(dir: HostPath, isOurs: (name: string) => boolean): Promise<void> {
  for (const name of await fsp.readdir(dir)) {
    const base = TEMPORARY.exec(name)?.[1];
    if (base !== undefined && isOurs(base)) await fsp.rm(joinHost(dir, name), { recursive: true, force: true });
  }
}

async function sweepBelow(dir: HostPath): Promise<void> {
  const entries = await fsp.readdir(dir, { withFileTypes: true }).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries) {
    const path = joinHost(dir, entry.name);
    if (TEMPORARY.test(entry.name)) await fsp.rm(path, { recursive: true, force: true });
    else if (entry.isDirectory()) await sweepBelow(path);
  }
}
