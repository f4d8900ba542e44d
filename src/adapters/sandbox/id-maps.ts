/** Chooses and writes the id maps of a new user namespace. core/id-map.ts says which; this module knows the machine. */
import { promises as fsp } from 'node:fs';
import { userInfo } from 'node:os';
import { EnvironmentError } from '../../core/errors.ts';
import {
  formatIdMap,
  identityMap,
  parseSubordinateIds,
  subordinateMap,
  type IdCount,
  type IdRange,
} from '../../core/id-map.ts';
import type { HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { readTextIfThere, withErrno } from '../../os/fs.ts';

export interface IdMaps {
  readonly users: readonly IdRange[];
  readonly groups: readonly IdRange[];
  /** Who may write them: we ourselves, or the setuid helpers newuidmap(1) and newgidmap(1). */
  readonly writer: 'self' | 'helpers';
  /** False where the user has no subordinate ids: only root exists in the sandbox. */
  readonly hasManyIds: boolean;
}

export async function chooseIdMaps(): Promise<IdMaps> {
  const uid = process.geteuid?.() ?? 0;
  const gid = process.getegid?.() ?? 0;
  if (uid === 0) {
    const [users, groups] = await Promise.all(['uid_map', 'gid_map'].map((name) => ownMap(name)));
    return { users: users ?? [], groups: groups ?? [], writer: 'self', hasManyIds: true };
  }
  const [users, groups] = await Promise.all([subordinate('/etc/subuid', uid), subordinate('/etc/subgid', uid)]);
  const hasManyIds = users.length > 0 && groups.length > 0;
  return {
    users: subordinateMap(uid, hasManyIds ? users : []),
    groups: subordinateMap(gid, hasManyIds ? groups : []),
    writer: hasManyIds ? 'helpers' : 'self',
    hasManyIds,
  };
}

/** @throws EnvironmentError E_NAMESPACE when the maps are refused, E_TOOL_MISSING without newuidmap. */
export async function writeIdMaps(pid: number, maps: IdMaps): Promise<void> {
  const proc = `/proc/${String(pid)}`;
  if (maps.writer === 'self') {
    await withErrno('write the id maps of the sandbox', async () => {
      // user_namespaces(7): an ordinary user who maps only the own group must give up setgroups(2) first.
      if (!maps.hasManyIds) await fsp.writeFile(`${proc}/setgroups`, 'deny');
      await fsp.writeFile(`${proc}/uid_map`, formatIdMap(maps.users));
      await fsp.writeFile(`${proc}/gid_map`, formatIdMap(maps.groups));
    });
    return;
  }
  await runHelper('newuidmap', pid, maps.users);
  await runHelper('newgidmap', pid, maps.groups);
}

async function runHelper(name: string, pid: number, map: readonly IdRange[]): Promise<void> {
  try {
    await exec([name, String(pid), ...formatIdMap(map).trim().split(/\s+/)]);
  } catch (error) {
    const isMissing = error instanceof EnvironmentError && error.code === 'E_TOOL_MISSING';
    throw new EnvironmentError({
      code: isMissing ? 'E_TOOL_MISSING' : 'E_NAMESPACE',
      what: 'the users and groups of the sandbox could not be mapped',
      why: isMissing ? `${name} is not installed` : (error as Error).message,
      fix: [isMissing ? 'Install the package uidmap' : 'Compare /etc/subuid and /etc/subgid with subuid(5)'],
      cause: error,
    });
  }
}

async function ownMap(name: string): Promise<readonly IdRange[]> {
  return identityMap(await fsp.readFile(`/proc/self/${name}`, 'utf8'));
}

async function subordinate(file: string, uid: number): Promise<readonly IdCount[]> {
  const text = await readTextIfThere(file as HostPath);
  return parseSubordinateIds(text ?? '', { name: userName(), uid });
}

/** The name, or nothing for a uid that has none: userInfo() throws there. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
