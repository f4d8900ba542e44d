/** What `verify` says. */
import type { CommandVerification } from '../app/verify/command.ts';
import type { Difference } from '../core/compare/outcome.ts';
import { quoteArgv } from '../os/exec.ts';

export function renderCommandVerification(result: CommandVerification): string {
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

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function took(seconds: number): string {
  return `${seconds.toFixed(1)} s`;
}
