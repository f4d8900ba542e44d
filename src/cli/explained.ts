/** What `explain` says: the way from a name to the file that runs, and why it runs so. */
import type { Explanation } from '../app/explain.ts';
import { ARGUMENT_SETS, type TwinRecord } from '../core/model.ts';
import { shortened } from './table.ts';

type Found = Exclude<Explanation, { kind: 'missing' }>;

/** Whether the command runs natively in the end. */
export function isAccelerated(explanation: Explanation): boolean {
  if (explanation.kind === 'script') return isAccelerated(explanation.interpreter);
  return explanation.kind === 'accelerated';
}

/** gcc holds strings that fill a screen; --json has them whole. */
const SHOWN_COLUMNS = 50;

export function renderExplanation(explanation: Explanation): string {
  return `${linesOf(explanation).join('\n')}\n`;
}

function linesOf(explanation: Explanation): string[] {
  if (explanation.kind === 'missing') return [`${explanation.command} is not in this build root`];
  const lines = wayTo(explanation);
  switch (explanation.kind) {
    case 'accelerated':
      return [...lines, ...twinLines(explanation.twin)];
    case 'emulated':
      return [
        ...lines,
        `  emulated  ${explanation.why}`,
        ...(explanation.detail === undefined
          ? []
          : [`            ${explanation.detail.replaceAll('\n', '\n            ')}`]),
      ];
    case 'script':
      return [...lines, '  a script, which runs as its interpreter does:', ...linesOf(explanation.interpreter)];
    case 'other':
      return [...lines, `  ${explanation.why}`];
  }
}

function wayTo({ command, path, file, package: owner }: Found): string[] {
  const way = [command, path, file].filter((step, at, all) => step !== all[at - 1]).join(' -> ');
  return [way, owner === undefined ? '  of no package' : `  package   ${owner.name} ${owner.version} (${owner.arch})`];
}

function twinLines(twin: TwinRecord): string[] {
  const strings = twin.retargeted.map(
    ({ donor, guest }) => `              ${shortened(donor, SHOWN_COLUMNS)} -> ${shortened(guest, SHOWN_COLUMNS)}`,
  );
  return [
    `  natively  by its twin ${twin.twin}`,
    `  donor     ${twin.donorPackage} ${twin.donorVersion}, ${twin.donorPath}`,
    `  pack      ${twin.pack}`,
    ...(twin.note === undefined ? [] : [`  note      ${twin.note}`]),
    ...(strings.length === 0 ? [] : [`  retargeted, ${String(strings.length)} strings:`, ...strings]),
    ...(twin.hasShim ? ['  with the shim, for what strings cannot fix'] : []),
    ...twin.emulateFor.map((set) => `  emulated  when ${ARGUMENT_SETS[set]}`),
  ];
}
