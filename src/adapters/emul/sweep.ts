/** Finds and removes what a killed run has left in a root. */
import { promises as fsp } from 'node:fs';
import { inRoot, joinHost, type HostPath } from '../../core/paths.ts';
import { errnoOf } from '../../os/fs.ts';
import { EMUL, outsideNames } from './tree.ts';

/** A name of os/fs.ts siblingName. */
const TEMPORARY = /^\.(.+)\.[0-9a-f]{12}\.new$/;

export async function sweepLeftovers(root: HostPath, binDir: HostPath): Promise<void> {
  for (const path of await leftoversIn(root, binDir)) await fsp.rm(path, { recursive: true, force: true });
}

/** Files and directories under temporary names of ours. Those of an install that is at work are among them. */
export async function leftoversIn(root: HostPath, binDir: HostPath): Promise<HostPath[]> {
  const ours = new Set(outsideNames());
  return [
    ...(await leftoversOf(root, (name) => name === 'emul')),
    ...(await leftoversOf(binDir, (name) => ours.has(name))),
    ...(await leftoversBelow(inRoot(root, EMUL))),
  ];
}

async function leftoversOf(dir: HostPath, isOurs: (name: string) => boolean): Promise<HostPath[]> {
  const names = await fsp.readdir(dir);
  return names
    .filter((name) => {
      const base = TEMPORARY.exec(name)?.[1];
      return base !== undefined && isOurs(base);
    })
    .map((name) => joinHost(dir, name));
}

async function leftoversBelow(dir: HostPath): Promise<HostPath[]> {
  const entries = await fsp.readdir(dir, { withFileTypes: true }).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  const found: HostPath[] = [];
  for (const entry of entries) {
    const path = joinHost(dir, entry.name);
    if (TEMPORARY.test(entry.name)) found.push(path);
    else if (entry.isDirectory()) found.push(...(await leftoversBelow(path)));
  }
  return found;
}
