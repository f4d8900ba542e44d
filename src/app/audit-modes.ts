/** Modes below /emul: a twin that a user of the root cannot open is emulated for that user alone, which nobody notices. */
import { readdirSync } from 'node:fs';
import { EMUL } from '../adapters/emul/tree.ts';
import { inRoot, joinGuest, type GuestPath, type HostPath } from '../core/paths.ts';
import { lstatIfThere } from '../os/fs.ts';

const READABLE = 0o444;
const ENTERABLE = 0o555;
const WRITABLE_BY_OTHERS = 0o022;
const SETUID_OR_SETGID = 0o6000;

export function walkModes(root: HostPath): { readonly path: GuestPath; readonly what: string }[] {
  const found: { path: GuestPath; what: string }[] = [];
  const pending: GuestPath[] = [EMUL];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const stats = lstatIfThere(inRoot(root, path));
    if (stats === undefined || stats.isSymbolicLink()) continue;
    const needed = stats.isDirectory() ? ENTERABLE : READABLE;
    const isTrace = path === joinGuest(EMUL, 'trace');
    if ((stats.mode & needed) !== needed)
      found.push({ path, what: `mode ${octal(stats.mode)}: not every user can read it` });
    if ((stats.mode & WRITABLE_BY_OTHERS) !== 0 && !isTrace)
      found.push({ path, what: `mode ${octal(stats.mode)}: other users can change it` });
    if ((stats.mode & SETUID_OR_SETGID) !== 0 && stats.isFile()) found.push({ path, what: 'it is setuid or setgid' });
    if (!stats.isDirectory()) continue;
    const dir = path;
    pending.push(...readdirSync(inRoot(root, dir)).map((name) => joinGuest(dir, name)));
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8);
}
