/** Finds the guest's data files that a pack wants below /emul. */
import { existsSync, readdirSync } from 'node:fs';
import { anyGlob } from '../../core/glob.ts';
import { inRoot, joinGuest, type GuestPath, type HostPath } from '../../core/paths.ts';

/** Regular files that match; links and directories do not. Sorted. */
export function matchingFiles(root: HostPath, patterns: readonly string[]): GuestPath[] {
  const bases = new Set(patterns.map(fixedDirectory));
  const matches = anyGlob(patterns);
  const files = [...bases].flatMap((base) => filesBelow(root, base as GuestPath));
  return [...new Set(files)].filter(matches).sort();
}

/** The directories of a pattern before its first wildcard. */
function fixedDirectory(pattern: string): string {
  const fixed = /^[^*?[{]*/.exec(pattern)?.[0] ?? '/';
  return fixed.slice(0, fixed.lastIndexOf('/')) || '/';
}

function filesBelow(root: HostPath, dir: GuestPath): GuestPath[] {
  if (!existsSync(inRoot(root, dir))) return [];
  return readdirSync(inRoot(root, dir), { withFileTypes: true }).flatMap((entry) => {
    const path = joinGuest(dir, entry.name);
    if (entry.isDirectory()) return filesBelow(root, path);
    return entry.isFile() ? [path] : [];
  });
}
