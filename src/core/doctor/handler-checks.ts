/** The machine's own binfmt_misc table: `run` does not need it, but chroot, sbuild, gbs and containers do. */
import type { Arch } from '../arch.ts';
import { binfmtRule, matchesEntry, type BinfmtEntry } from '../binfmt.ts';
import { ok, whenSeen, type Check, type Judgement, type Seen } from './model.ts';

export interface HandlerFacts {
  readonly table: Seen<{
    readonly state: 'not mounted' | 'enabled' | 'disabled';
    readonly entries: readonly (BinfmtEntry & { readonly hasInterpreter: boolean })[];
  }>;
  /** Those that matter: the build root's own, else all. */
  readonly guests: readonly Arch[];
}

type Entries = Extract<HandlerFacts['table'], { readonly seen: unknown }>['seen']['entries'];

export const HANDLER_CHECKS: readonly Check<HandlerFacts>[] = [
  {
    id: 'handlers',
    title: 'handlers',
    why: 'of several entries for one architecture the kernel takes the last one, which may be another package’s qemu',
    fix: [
      'See what there is: qemu-accel binfmt status',
      'Unregister one, as root: echo -1 >/proc/sys/fs/binfmt_misc/NAME',
    ],
    judge: ({ table, guests }) =>
      whenSeen(table, ({ state, entries }) => {
        if (state !== 'enabled') return ok(`the machine’s own table is ${state}`);
        return judgeEntries(entries, guests);
      }),
  },
];

function judgeEntries(entries: Entries, guests: readonly Arch[]): Judgement {
  const served = guests.map((arch) => {
    const { magic } = binfmtRule(arch);
    return { arch, matching: entries.filter((entry) => matchesEntry(entry, magic)) };
  });
  const details = served.flatMap(({ arch, matching }) => [
    ...(matching.length > 1 ? [`${arch.name}: ${matching.map(({ name }) => name).join(' and ')} both match`] : []),
    ...matching.flatMap((entry) => troubleOf(entry).map((trouble) => `${arch.name}: ${entry.name}: ${trouble}`)),
  ]);
  if (details.length > 0) {
    return {
      status: 'finding',
      what: 'entries that are in each other’s way, or cannot work',
      details: unique(details),
    };
  }
  const words = served.flatMap(({ arch, matching }) =>
    matching.map(({ interpreter }) => `${arch.name} by ${interpreter}`),
  );
  return ok(words.length === 0 ? 'nothing is registered for guest programs' : unique(words).join(', '));
}

function troubleOf({ flags, interpreter, hasInterpreter }: Entries[number]): string[] {
  if (flags.includes('F')) return [];
  if (!hasInterpreter) return [`its interpreter ${interpreter} is missing`];
  return ['without flag F its interpreter is not found in a build root that lacks it'];
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
