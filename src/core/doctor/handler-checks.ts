/** The machine's own binfmt_misc table: `run` does not need it, but chroot, sbuild, gbs and containers do. */
import { analyseHandlers, analyseTable, type HandlerFinding, type ObservedTable } from '../binfmt-analysis.ts';
import { handlerFindingText } from '../binfmt-findings.ts';
import type { HandlerArch } from '../handler-archs.ts';
import { ok, whenSeen, type Check, type Judgement, type Seen } from './model.ts';

export interface HandlerFacts {
  readonly table: Seen<ObservedTable>;
  /** Those that matter: the build root's own, else all of which there are twins. */
  readonly guests: readonly HandlerArch[];
}

export const HANDLER_CHECKS: readonly Check<HandlerFacts>[] = [
  {
    id: 'handlers',
    title: 'handlers',
    why: 'what runs a build root without `run` (chroot, sbuild, gbs, containers) goes by them, whoever has registered them',
    fix: ['See what there is: qemu-accel binfmt status'],
    judge: ({ table, guests }) => whenSeen(table, (seen) => judgeTable(seen, guests)),
  },
];

function judgeTable(table: ObservedTable, guests: readonly HandlerArch[]): Judgement {
  if (table.state === 'not mounted') return ok('the machine’s own table is not mounted');
  const handlers = guests.map((arch) => analyseHandlers(table, arch));
  const found = [...analyseTable(table).findings, ...handlers.flatMap(({ findings }) => findings)];
  const bad = found.filter((finding) => handlerFindingText(finding).severity !== 'note');
  if (bad.length > 0) return badHandlers(bad);
  const words = handlers.flatMap(({ arch, winner }) =>
    winner === undefined ? [] : [`${arch} by ${winner.interpreter}`],
  );
  return ok(words.length === 0 ? 'nothing is registered for guest programs' : words.join(', '));
}

function badHandlers(found: readonly HandlerFinding[]): Judgement {
  const texts = found.map(handlerFindingText);
  const details = [...new Set(texts.flatMap(({ what, why }) => [what, `  ${why}`]))];
  const fix = [...new Set(texts.flatMap((text) => text.fix))];
  return {
    status: 'finding',
    what: texts.some(({ severity }) => severity === 'error')
      ? 'programs are run by the wrong one, or by none'
      : 'they do not serve every build root',
    details,
    ...(fix.length === 0 ? {} : { fix }),
  };
}
