/** What `doctor --log` says: each cause with its lines of the log, and what to do. */
import type { Cause, Diagnosis, Evidence } from '../core/build-log/diagnose.ts';
import type { Palette } from './style.ts';

export function renderDiagnosis({ lines, causes, explained, complaints }: Diagnosis, palette: Palette): string {
  const blocks = causes.map((cause) => causeLines(cause, palette).join('\n'));
  if (explained.length > 0) {
    const also = explained.map(({ id, evidence }) => `${id} (line ${String(evidence[0]?.line)})`);
    blocks.push(`What follows from that: ${also.join(', ')}`);
  }
  if (causes.length === 0) blocks.push(unknownCause(lines, complaints));
  return `${blocks.join('\n\n')}\n`;
}

function causeLines({ id, what, why, fix, evidence, count }: Cause, palette: Palette): string[] {
  const more = count - evidence.length;
  return [
    `${palette.red('✗')} ${palette.bold(id)}: ${what}`,
    ...numbered(evidence),
    ...(more > 0 ? [`    and ${String(more)} more like these`] : []),
    `    ${palette.dim(`why: ${why}`)}`,
    ...fix.map((line, at) => `    ${at === 0 ? palette.bold('fix:') : '    '} ${line}`),
  ];
}

function unknownCause(lines: number, complaints: readonly Evidence[]): string {
  const head = `No cause that is known here in ${String(lines)} lines.`;
  return complaints.length === 0 ? head : [`${head} The last that complain:`, ...numbered(complaints)].join('\n');
}

function numbered(evidence: readonly Evidence[]): string[] {
  const width = Math.max(0, ...evidence.map(({ line }) => String(line).length));
  return evidence.map(({ line, text }) => `    ${String(line).padStart(width)}: ${text}`);
}
