/** Looks at /proc: processes, and who uses a build root. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mountsBelow, parseProcessStat, type LeftoverFacts } from '../../core/doctor/leftover-checks.ts';
import type { Seen } from '../../core/doctor/model.ts';
import type { HostPath } from '../../core/paths.ts';
import { errnoOf } from '../../os/fs.ts';
import { see, seeText } from './see.ts';

export function gatherLeftoverFacts(): LeftoverFacts {
  return {
    processes: see('list the processes', () =>
      pids().flatMap((pid) => {
        const text = ofProcess(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
        return typeof text === 'string' ? (parseProcessStat(text) ?? []) : [];
      }),
    ),
  };
}

/** @param root canonical: the kernel shows no symbolic link. */
export function mountsIn(root: HostPath): Seen<readonly string[]> {
  return seeText('/proc/self/mountinfo', (text) => mountsBelow(text, root));
}

/** Processes that have a directory at or below `root` as their root. */
export function usersOf(root: HostPath): Seen<readonly number[]> {
  let hidden = 0;
  const users = pids().filter((pid) => {
    const dir = ofProcess(() => readlinkSync(`/proc/${pid}/root`));
    if (dir === 'hidden') hidden++;
    return dir === root || dir?.startsWith(`${root}/`) === true;
  });
  if (users.length === 0 && hidden > 0) {
    const what = `what ${String(hidden)} processes of other users do could not be seen`;
    // Processes of another security domain are hidden from root, too.
    return { unseen: process.geteuid?.() === 0 ? what : `${what} without root` };
  }
  return { seen: users.map(Number) };
}

function pids(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

/** What a file of /proc/PID says; it may end, and it may be another user's. */
function ofProcess(look: () => string): string | undefined {
  try {
    return look();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EACCES' || errno === 'EPERM') return 'hidden';
    if (errno === 'ENOENT' || errno === 'ESRCH') return undefined;
    throw error;
  }
}
