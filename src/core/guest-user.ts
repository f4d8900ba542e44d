/**
 * `run --user`: who that is in the build root. Its own passwd(5) and group(5) are read, without NSS: a name service of the
 * guest would be guest code.
 */
import { UsageError } from './errors.ts';
import type { SandboxUser } from './sandbox-plan.ts';

export interface GuestUser extends SandboxUser {
  readonly name: string;
  readonly home: string;
  readonly shell: string;
}

export interface UserFiles {
  readonly passwd: string;
  readonly group: string;
}

/** For a root without /etc/passwd, and for uids that have no line in it. */
const DEFAULT_SHELL = '/bin/sh';

/**
 * @param wanted a name, `UID` or `UID:GID`.
 * @throws UsageError E_USAGE when there is no such user.
 */
export function findGuestUser(wanted: string, files: UserFiles): GuestUser {
  const numbers = /^(\d+)(?::(\d+))?$/.exec(wanted);
  const lines = files.passwd.split('\n').map((line) => line.split(':'));
  const fields = lines.find((line) => line.length >= 7 && (numbers ? line[2] === numbers[1] : line[0] === wanted));
  if (fields === undefined) return withoutEntry(wanted, numbers);
  const [name = '', , uid, primary, , home = '', shell = ''] = fields;
  const gid = numbers?.[2] ?? primary;
  return {
    name,
    uid: Number(uid),
    gid: Number(gid),
    groups: [Number(gid), ...supplementaryGroups(name, files.group)].filter(isFirst),
    home: home === '' ? '/' : home,
    shell: shell === '' ? DEFAULT_SHELL : shell,
  };
}

function withoutEntry(wanted: string, numbers: RegExpExecArray | null): GuestUser {
  if (wanted === 'root' || numbers) {
    const uid = Number(numbers?.[1] ?? 0);
    const gid = Number(numbers?.[2] ?? uid);
    const home = uid === 0 ? '/root' : '/';
    return { name: uid === 0 ? 'root' : String(uid), uid, gid, groups: [gid], home, shell: DEFAULT_SHELL };
  }
  throw new UsageError({
    what: `the build root has no user '${wanted}'`,
    why: 'its /etc/passwd has no such line',
    fix: ['Give a name from the build root’s /etc/passwd, or a number'],
  });
}

function supplementaryGroups(name: string, group: string): number[] {
  return group
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields[3]?.split(',').includes(name) === true)
    .map((fields) => Number(fields[2]));
}

function isFirst(value: number, at: number, all: readonly number[]): boolean {
  return all.indexOf(value) === at;
}

/**
 * The environment of a command in the build root: that of a fresh login, not the caller's, whose PATH, locale and compiler
 * flags belong to the host and would make the same build come out differently elsewhere.
 */
export function guestEnv(user: GuestUser, added: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return {
    HOME: user.home,
    LANG: 'C.UTF-8',
    LOGNAME: user.name,
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    SHELL: user.shell,
    USER: user.name,
    ...added,
  };
}
