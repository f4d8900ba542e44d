/** What `verify` says. */
import type { Verification } from '../app/verify.ts';
import type { CommandVerification } from '../app/verify/command.ts';
import type { ProbeVerification } from '../app/verify/probes.ts';
import type { Difference } from '../core/compare/outcome.ts';
import { quoteArgv } from '../os/exec.ts';
import { counted, renderTable, shortened } from './table.ts';

const TITLE_COLUMNS = 70;

export function renderVerification(result: Verification): string {
  return result.kind === 'command' ? renderCommand(result) : renderProbes(result);
}

/** One line each for what differs, below the details of it. */
function renderProbes({
  root,
  arch,
  twins,
  probes,
  equal,
  differences,
  known,
  unreproducible,
  unprobed,
  revisions,
}: ProbeVerification): string {
  const details = differences.flatMap(({ probe, differences: found }) => [
    `${shortened(probe, TITLE_COLUMNS)}\n`,
    ...found.map(renderDifference),
  ]);
  const rows = [
    ...differences.map(({ probe, differences: found }) => [
      'different',
      probe,
      found.map(({ where }) => where).join(', '),
    ]),
    ...known.map(({ probe, why }) => ['known', probe, why.join('; ')]),
    ...unreproducible.map((probe) => ['not reproducible', probe, '']),
    ...unprobed.map((path) => ['not probed', path, '']),
    ...revisions.map(({ note, twins: count }) => ['other revision', counted(count, 'twin'), note]),
  ].map(([what = '', probe = '', where = '']) => [what, shortened(probe, TITLE_COLUMNS), where]);
  return [
    ...(details.length === 0 ? [] : ['DIFFERENT, - emulated, + accelerated:\n\n', ...details]),
    ...(rows.length === 0 ? [] : [renderTable([{ title: '' }, { title: 'probe' }, { title: '' }], rows), '\n']),
    `${root}: ${arch}, ${counted(twins, 'twin')}, ${counted(probes, 'probe')}: ${String(equal)} equal, ` +
      `${String(differences.length)} different, ${String(known.length)} different for a known reason, ${String(unreproducible.length)} not reproducible\n`,
  ].join('');
}

function renderCommand(result: CommandVerification): string {
  const { command, differences, unreproducible, changedFiles, status, seconds } = result;
  const parts = [
    ...(differences.length === 0
      ? []
      : ['DIFFERENT, - emulated, + accelerated:\n', ...differences.map(renderDifference)]),
    ...(unreproducible.length === 0
      ? []
      : ['Not reproducible, since two emulated runs differ in it as well:\n', ...unreproducible.map(renderName)]),
    `${quoteArgv(command)}: ${verdict(result)}\n`,
    `  emulated ${took(seconds.emulated)}, accelerated ${took(seconds.accelerated)}; status ${String(status.emulated)}, ` +
      `${counted(changedFiles, 'file')} made, changed or removed\n`,
  ];
  return parts.join('');
}

function verdict({ differences, unreproducible }: CommandVerification): string {
  if (differences.length > 0) return counted(differences.length, 'difference');
  return unreproducible.length > 0 ? 'no difference that acceleration makes' : 'no difference';
}

function renderDifference({ where, facet, detail }: Difference): string {
  const title = facet === 'status' || facet === 'output' ? where : `${where}: ${facet}`;
  return `${[title, ...detail.map((line) => `  ${line}`)].join('\n')}\n\n`;
}

function renderName({ where, facet }: Difference): string {
  return `  ${facet === 'status' || facet === 'output' ? where : `${where}: ${facet}`}\n`;
}

function took(seconds: number): string {
  return `${seconds.toFixed(1)} s`;
}
