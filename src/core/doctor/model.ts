/** What `doctor` asks and answers: checks are data with a pure judgement over facts that an adapter has gathered. */

/** A fact, or why it could not be seen: an ordinary user may not look everywhere. */
export type Seen<T> = { readonly seen: T } | { readonly unseen: string };

/** What `doctor --fix` can do. Which of them are asked about first: REPAIRS. */
export type Repair =
  | { readonly kind: 'load-module'; readonly module: string }
  | { readonly kind: 'set-sysctl'; readonly name: string; readonly value: string }
  | ({ readonly kind: 'change-handlers' } & HandlerRepair)
  | { readonly kind: 'sweep-cache'; readonly paths: readonly string[] }
  | { readonly kind: 'end-processes'; readonly pids: readonly number[] }
  | { readonly kind: 'unmount'; readonly paths: readonly string[] }
  | { readonly kind: 'sweep-root' }
  | { readonly kind: 'mend-tree' }
  | { readonly kind: 'make-tree' };

export interface HandlerRepair {
  /** The table as a whole is off: it is switched on before anything else. */
  readonly isTableOff: boolean;
  /** Names of entries. */
  readonly clear: readonly string[];
  /** Architectures. */
  readonly register: readonly string[];
}

/** `safe`: touches nothing but what is our own and can be made again. `ask`: a person agrees first, each time. */
export const REPAIRS: Readonly<
  Record<Repair['kind'], { readonly safety: 'safe' | 'ask'; readonly what: (target: string) => string }>
> = {
  'load-module': { safety: 'ask', what: (module) => `load the kernel module ${module}` },
  'set-sysctl': { safety: 'ask', what: (setting) => `set ${setting} until the next restart` },
  'change-handlers': { safety: 'ask', what: (changes) => changes },
  'sweep-cache': { safety: 'safe', what: () => 'remove what killed runs have left in the cache' },
  'end-processes': { safety: 'ask', what: (pids) => `end the processes ${pids}` },
  unmount: { safety: 'ask', what: (paths) => `unmount ${paths}` },
  'sweep-root': { safety: 'safe', what: () => 'remove unfinished files of ours from the build root' },
  'mend-tree': { safety: 'safe', what: () => 'bring the emul tree up to date' },
  'make-tree': { safety: 'ask', what: () => 'make an emul tree in the build root' },
};

/** What a repair would do, for a person: `load the kernel module binfmt_misc`. */
export function describeRepair(repair: Repair): string {
  return REPAIRS[repair.kind].what(targetOf(repair));
}

function targetOf(repair: Repair): string {
  switch (repair.kind) {
    case 'load-module':
      return repair.module;
    case 'set-sysctl':
      return `${repair.name}=${repair.value}`;
    case 'change-handlers':
      return handlerChanges(repair).join(', ');
    case 'unmount':
    case 'sweep-cache':
      return repair.paths.join(', ');
    case 'end-processes':
      return repair.pids.join(', ');
    case 'sweep-root':
    case 'mend-tree':
    case 'make-tree':
      return '';
  }
}

function handlerChanges({ isTableOff, clear, register }: HandlerRepair): string[] {
  const [names, archs] = [clear.join(' and '), register.join(' ')];
  return [
    ...(isTableOff ? ['switch binfmt_misc on (undo: echo 0 >/proc/sys/fs/binfmt_misc/status)'] : []),
    ...(names === '' ? [] : [`take ${names} out of binfmt_misc (undo: qemu-accel binfmt restore)`]),
    ...(archs === '' ? [] : [`register the dispatcher for ${archs} (undo: qemu-accel binfmt unregister ${archs})`]),
  ];
}

export type Judgement =
  | { readonly status: 'ok'; readonly what: string }
  | {
      readonly status: 'finding';
      /** What was found, one sentence without a full stop. */
      readonly what: string;
      readonly details?: readonly string[];
      /** Default: the check's own. */
      readonly fix?: readonly string[];
      readonly repair?: Repair;
    }
  /** `what`: why it could not be told. */
  | { readonly status: 'unknown'; readonly what: string };

export interface Check<Facts> {
  /** Stable: scripts match on it, and docs/doctor.md has it as a heading. */
  readonly id: string;
  readonly title: string;
  /** Why it matters, one sentence. */
  readonly why: string;
  /** One action a line; what is to be replaced is in capitals or angle brackets. */
  readonly fix: readonly string[];
  readonly judge: (facts: Facts) => Judgement;
}

/** A check with its answer, as `--json` prints it. */
export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly status: Judgement['status'];
  readonly what: string;
  readonly details: readonly string[];
  /** Empty unless there is a finding. */
  readonly fix: readonly string[];
  readonly repair?: Repair;
}

export function runCheck<Facts>({ id, title, why, fix, judge }: Check<Facts>, facts: Facts): CheckResult {
  const judged = judge(facts);
  const common = { id, title, why, status: judged.status, what: judged.what };
  if (judged.status !== 'finding') return { ...common, details: [], fix: [] };
  const { repair } = judged;
  return {
    ...common,
    details: judged.details ?? [],
    fix: judged.fix ?? fix,
    ...(repair === undefined ? {} : { repair }),
  };
}

export const ok = (what: string): Judgement => ({ status: 'ok', what });
export const unknown = (what: string): Judgement => ({ status: 'unknown', what });

/** Judges a fact that was seen; one that was not is `unknown`. */
export function whenSeen<T>(fact: Seen<T>, judge: (value: T) => Judgement): Judgement {
  return 'seen' in fact ? judge(fact.seen) : unknown(fact.unseen);
}
