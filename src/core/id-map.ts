/**
 * Which users and groups exist in the sandbox: user_namespaces(7), subuid(5).
 *
 * Root maps every id to itself, so that files keep their owners. An ordinary user becomes root, and the ids of the
 * subordinate range follow from 1 on; `files of root` in such a build root belong to the user.
 */

/** One line of /proc/PID/uid_map: `count` ids from `inside` on are `outside`... in the parent namespace. */
export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

/** For root: the ids that exist here (which in a container are not all), each as itself. */
export function identityMap(ownMap: string): readonly IdRange[] {
  return ownMap
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter((numbers) => numbers.length === 3)
    .map(([inside = 0, , count = 0]) => ({ inside, outside: inside, count }));
}

/** For an ordinary user: root is the user, and the subordinate ids follow. Without any there is only root. */
export function subordinateMap(ownId: number, subordinate: readonly IdCount[]): readonly IdRange[] {
  const map: IdRange[] = [{ inside: 0, outside: ownId, count: 1 }];
  let inside = 1;
  for (const { start, count } of subordinate) {
    map.push({ inside, outside: start, count });
    inside += count;
  }
  return map;
}

export interface IdCount {
  readonly start: number;
  readonly count: number;
}

/** The ranges of a user in /etc/subuid or /etc/subgid, by name or by number. Lines that are wrong are passed over. */
export function parseSubordinateIds(text: string, user: { readonly name: string; readonly uid: number }): IdCount[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(':'))
    .filter((fields) => fields.length === 3 && (fields[0] === user.name || fields[0] === String(user.uid)))
    .map(([, start, count]) => ({ start: Number(start), count: Number(count) }))
    .filter(({ start, count }) => Number.isSafeInteger(start) && Number.isSafeInteger(count) && start > 0 && count > 0);
}

/** As it is written to uid_map, and (without the newlines) as newuidmap(1) takes it. */
export function formatIdMap(map: readonly IdRange[]): string {
  return map.map(({ inside, outside, count }) => `${String(inside)} ${String(outside)} ${String(count)}\n`).join('');
}
