/** What this user may do: namespaces and ids. */
import type { IdCount } from '../id-map.ts';
import { USERNS_SWITCHES, type UsernsSwitch } from '../userns-switches.ts';
import { ok, whenSeen, type Check, type Judgement, type Seen } from './model.ts';

/** What came of trying it: nothing wrong, or the last words of the program that tried. */
export type Attempt = { readonly ok: true } | { readonly ok: false; readonly words: string };

export interface UserFacts {
  readonly uid: number;
  readonly name: string;
  /** By name; a switch that this kernel does not have is not there. */
  readonly switches: ReadonlyMap<string, string>;
  /** A user and mount namespace, and a mount in it. */
  readonly namespace: Seen<Attempt>;
  /** A binfmt_misc of its own in it. */
  readonly privateBinfmt: Seen<Attempt>;
  readonly subuid: Seen<readonly IdCount[]>;
  readonly subgid: Seen<readonly IdCount[]>;
  /** newuidmap and newgidmap that could do their work: setuid, or with file capabilities. */
  readonly helpers: readonly { readonly name: string; readonly state: 'usable' | 'missing' | 'without privilege' }[];
}

/** nobody is 65534: a smaller range lacks users that every Debian system has. */
const MIN_IDS = 65536;

export const USER_CHECKS: readonly Check<UserFacts>[] = [
  {
    id: 'user-namespaces',
    title: 'user namespaces',
    why: '`run` works in one: it needs no root, and leaves no mount and no process behind',
    fix: [
      'In a container: start it with --privileged, or with seccomp and /proc unconfined',
      'In a chroot: user namespaces are not available there, run qemu-accel outside',
    ],
    judge: (facts) => whenSeen(facts.namespace, (attempt) => judgeNamespace(facts, attempt)),
  },
  {
    id: 'private-binfmt',
    title: 'private binfmt_misc',
    why: 'with entries of its own `run` is not affected by what else is registered on the machine',
    fix: [
      'Load the module: sudo modprobe binfmt_misc',
      'On a kernel before Linux 6.7: sudo qemu-accel binfmt register <arch>',
    ],
    judge: ({ privateBinfmt }) =>
      whenSeen(privateBinfmt, (attempt) =>
        attempt.ok
          ? ok('a user namespace can have its own')
          : { status: 'finding', what: 'a user namespace cannot have its own here', details: [attempt.words] },
      ),
  },
  {
    id: 'subordinate-ids',
    title: 'subordinate ids',
    why: 'without a range of ids an ordinary user’s build root has no user but root, and packages cannot be installed',
    fix: [
      'Give yourself ids: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 <you>',
      'Install the helpers that map them: sudo apt install uidmap',
    ],
    judge: judgeIds,
  },
];

function judgeNamespace({ uid, switches }: UserFacts, attempt: Attempt): Judgement {
  const set = USERNS_SWITCHES.filter(({ name, bad }) => switches.get(name) === bad);
  if (attempt.ok) {
    const others = set.map(({ name, bad }) => `${name}=${bad} keeps ordinary users from it`);
    return ok(['they can be made here', ...others].join('; '));
  }
  const cause = set.find(({ isForAll }) => isForAll || uid !== 0);
  if (cause === undefined) {
    return { status: 'finding', what: 'the kernel refuses them to this user', details: [attempt.words] };
  }
  return switchedOff(cause, attempt.words);
}

function switchedOff({ name, bad, good, meaning }: UsernsSwitch, words: string): Judgement {
  return {
    status: 'finding',
    what: `${meaning}: ${name} is ${bad}`,
    details: [words],
    fix: [`sudo sysctl ${name}=${good}, and a file in /etc/sysctl.d that keeps it`],
    repair: { kind: 'set-sysctl', name, value: good },
  };
}

function judgeIds({ uid, name, subuid, subgid, helpers }: UserFacts): Judgement {
  if (uid === 0) return ok('root needs none');
  return whenSeen(subuid, (users) =>
    whenSeen(subgid, (groups) => {
      const details = [
        ...shortRange('/etc/subuid', name, users),
        ...shortRange('/etc/subgid', name, groups),
        ...helpers.flatMap(({ name: helper, state }) => (state === 'usable' ? [] : [`${helper} is ${state}`])),
      ];
      if (details.length === 0) return ok(`${String(total(users))} users and ${String(total(groups))} groups`);
      return { status: 'finding', what: 'the users of a build root cannot be mapped', details };
    }),
  );
}

function shortRange(file: string, name: string, ranges: readonly IdCount[]): string[] {
  const count = total(ranges);
  if (count >= MIN_IDS) return [];
  return [`${file} gives ${name} ${count === 0 ? 'no ids' : `${String(count)} ids; ${String(MIN_IDS)} are wanted`}`];
}

function total(ranges: readonly IdCount[]): number {
  return ranges.reduce((sum, { count }) => sum + count, 0);
}
