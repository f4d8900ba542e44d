/** The machine's own binfmt_misc table: `run` does not need it, but chroot, sbuild, gbs and containers do. */
import {
  analyseHandlers,
  analyseTable,
  isDispatcher,
  type HandlerAnalysis,
  type HandlerFinding,
  type ObservedTable,
} from '../binfmt-analysis.ts';
import { handlerFindingText } from '../binfmt-findings.ts';
import type { HandlerArch } from '../arch.ts';
import { ok, whenSeen, type Check, type Judgement, type Repair, type Seen } from './model.ts';

export interface HandlerFacts {
  readonly table: Seen<ObservedTable>;
  /** Those that matter: the build root's own, else all of which there are twins. */
  readonly guests: readonly HandlerArch[];
  /** The log of a failed build says that handlers were the reason: emulation is no answer then. */
  readonly areBlamed?: boolean;
}

export const HANDLER_CHECKS: readonly Check<HandlerFacts>[] = [
  {
    id: 'handlers',
    title: 'handlers',
    why: 'what runs a build root without `run` (chroot, sbuild, gbs, containers) goes by them, whoever has registered them',
    fix: ['See what there is: qemu-accel binfmt status'],
    judge: (facts) => whenSeen(facts.table, (table) => judgeTable(table, facts)),
  },
];

type Interest = Omit<HandlerFacts, 'table'>;

function judgeTable(table: ObservedTable, interest: Interest): Judgement {
  if (table.state === 'not mounted' && interest.areBlamed !== true) return ok('the machine’s own table is not mounted');
  const bad = findingsOf(table, interest);
  if (bad.length > 0) return badHandlers(bad, planRepair(table, interest));
  const words = interest.guests.flatMap((guest) => {
    const { arch, winner } = analyseHandlers(table, guest);
    return winner === undefined ? [] : [`${arch} by ${winner.interpreter}`];
  });
  return ok(words.length === 0 ? 'nothing is registered for guest programs' : words.join(', '));
}

function findingsOf(table: ObservedTable, { guests, areBlamed }: Interest): readonly HandlerFinding[] {
  const handlers = guests.map((arch) => analyseHandlers(table, arch));
  const all = [...analyseTable(table).findings, ...handlers.flatMap(flawsThatMatter)];
  const bad = all.filter((finding) => handlerFindingText(finding).severity !== 'note');
  if (areBlamed !== true) return bad;
  // Of all architectures nobody has handlers: only the one of a build root that was named may be missed.
  const missed = guests.length === 1 ? all.filter(({ kind }) => kind === 'none') : [];
  return [...bad, ...missed, ...handlers.flatMap(withoutDispatcher)];
}

/** gbs and obs-build put the interpreter into each of their build roots, and want no flag F. */
function flawsThatMatter({ winner, findings }: HandlerAnalysis): readonly HandlerFinding[] {
  return winner?.origin.kind === 'build service' ? findings.filter(({ kind }) => kind !== 'not-fixed') : findings;
}

function withoutDispatcher({ arch, winner, shadowed }: HandlerAnalysis): readonly HandlerFinding[] {
  if (winner === undefined || [winner, ...shadowed].some(isDispatcher)) return [];
  return [{ kind: 'not-accelerated', arch, entry: winner.name, interpreter: winner.interpreter }];
}

function badHandlers(found: readonly HandlerFinding[], repair: Repair | undefined): Judgement {
  const texts = found.map(handlerFindingText);
  const details = [...new Set(texts.flatMap(({ what, why }) => [what, `  ${why}`]))];
  const fix = [...new Set(texts.flatMap((text) => text.fix))];
  return {
    status: 'finding',
    what: texts.some(({ severity }) => severity !== 'warning')
      ? 'programs are run by the wrong one, or by none'
      : 'they do not serve every build root',
    details,
    ...(fix.length === 0 ? {} : { fix }),
    ...(repair === undefined ? {} : { repair }),
  };
}

/**
 * What is wrong in a table that is off shows when it is on, and behind an entry that is taken out another one may stand: goes
 * on until nothing more has to go.
 */
function planRepair(table: ObservedTable, interest: Interest): Repair | undefined {
  const isTableOff = table.state === 'disabled';
  const state = isTableOff ? 'enabled' : table.state;
  const clear: string[] = [];
  for (;;) {
    const entries = table.entries.filter(({ name }) => !clear.includes(name));
    const findings = findingsOf({ state, entries }, interest);
    const mends = findings.flatMap((finding) => handlerFindingText(finding).mend ?? []);
    const names = new Set(mends.flatMap((mend) => ('clear' in mend ? [mend.clear] : [])));
    clear.push(...names);
    if (names.size > 0) continue;
    const register = [...new Set(mends.flatMap((mend) => ('register' in mend ? [mend.register] : [])))];
    if (!isTableOff && clear.length + register.length === 0) return undefined;
    return { kind: 'change-handlers', isTableOff, clear, register };
  }
}
