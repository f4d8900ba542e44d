/**
 * An ordinary user for tests that run as root: with a line in passwd and group and, if wanted, a range of subordinate ids.
 * The files that say so are bound over the machine's own in a mount namespace that ends with the command.
 */
import { promises as fsp } from 'node:fs';
import { joinHost, type HostPath } from '../../src/core/paths.ts';

export const USER = { name: 'qemu-accel-test', uid: 54321 } as const;

const ENTER = `set -e
for file in passwd group subuid subgid; do mount --bind "$1/$file" "/etc/$file"; done
uid=$2; shift 2
exec setpriv --reuid "$uid" --regid "$uid" --clear-groups -- "$@"`;

/**
 * The argv that runs `argv` as that user.
 *
 * @param dir an empty directory for the files.
 * @param subordinate lines of subuid(5): `NAME:START:COUNT`.
 */
export async function asOrdinaryUser(
  dir: HostPath,
  argv: readonly string[],
  subordinate = `${USER.name}:200000:65536\n`,
): Promise<readonly [string, ...string[]]> {
  const { name } = USER;
  const uid = String(USER.uid);
  const [passwd, group] = await Promise.all(['/etc/passwd', '/etc/group'].map((file) => fsp.readFile(file, 'utf8')));
  const files = {
    passwd: `${passwd ?? ''}${name}:x:${uid}:${uid}::/nonexistent:/bin/sh\n`,
    group: `${group ?? ''}${name}:x:${uid}:\n`,
    subuid: subordinate,
    subgid: subordinate,
  };
  for (const [file, text] of Object.entries(files)) await fsp.writeFile(joinHost(dir, file), text);
  // The helper newuidmap(1) reads them as root, and anybody may look up names.
  await fsp.chmod(dir, 0o755);
  return ['unshare', '--mount', 'sh', '-c', ENTER, 'sh', dir, uid, ...argv];
}
