/** Tries what `run` does for this user: a namespace, a mount, a binfmt_misc of its own. */
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Attempt, UserFacts } from '../../core/doctor/user-checks.ts';
import type { Seen } from '../../core/doctor/model.ts';
import { CommandError } from '../../core/errors.ts';
import { parseSubordinateIds } from '../../core/id-map.ts';
import { sysctlFile, USERNS_SWITCHES } from '../../core/userns-switches.ts';
import { exec } from '../../os/exec.ts';
import { see, seeText } from './see.ts';
import { findProgram } from './tools.ts';

const TABLE = '/proc/sys/fs/binfmt_misc';
const IN_NAMESPACE = ['unshare', '--user', '--map-root-user', '--mount'] as const;

export async function gatherUserFacts(): Promise<UserFacts> {
  const user = { uid: process.geteuid?.() ?? 0, name: userName() };
  const ids = (file: string): UserFacts['subuid'] => seeText(file, (text) => parseSubordinateIds(text, user));
  return {
    ...user,
    switches: new Map(USERNS_SWITCHES.flatMap(({ name }) => switchState(name))),
    // AppArmor lets a namespace be made and refuses what is done in it: so a mount is part of the attempt.
    namespace: await attempt([...IN_NAMESPACE, 'mount', '-t', 'tmpfs', 'none', '/proc']),
    privateBinfmt: await attempt([
      ...IN_NAMESPACE,
      ...['sh', '-ec', `mount -t binfmt_misc none ${TABLE}; test -e ${TABLE}/register`],
    ]),
    subuid: ids('/etc/subuid'),
    subgid: ids('/etc/subgid'),
    helpers: await Promise.all(
      ['newuidmap', 'newgidmap'].map(async (name) => ({ name, state: await helperState(name) })),
    ),
  };
}

async function attempt(argv: readonly [string, ...string[]]): Promise<Seen<Attempt>> {
  return see(`start ${argv[0]}`, async (): Promise<Attempt> => {
    try {
      await exec(argv);
      return { ok: true };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return { ok: false, words: error.stderr.trim().split('\n').at(-1) ?? error.what };
    }
  });
}

function switchState(name: string): [string, string][] {
  const state = seeText(sysctlFile(name), (text) => text.trim());
  return 'seen' in state ? [[name, state.seen]] : [];
}

const SETUID = 0o4000;

/** Debian makes the helpers setuid, Fedora and Arch give them file capabilities. */
async function helperState(name: string): Promise<UserFacts['helpers'][number]['state']> {
  const path = findProgram(name);
  if (path === undefined) return 'missing';
  if ((statSync(path).mode & SETUID) !== 0) return 'usable';
  const getcap = findProgram('getcap');
  const said = getcap === undefined ? undefined : await exec([getcap, path]).catch(() => undefined);
  return said?.stdout.includes('cap_set') === true ? 'usable' : 'without privilege';
}

/** The name, or nothing for a uid that has none: userInfo() throws there. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
