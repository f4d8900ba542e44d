/** The quickstart's table, and what to type next. */
import { speedUp, totalOf, type QuickstartResult } from '../app/quickstart-result.ts';
import { renderTable } from './table.ts';

const COLUMNS = [
  { title: '' },
  { title: 'emulated', align: 'right' },
  { title: 'accelerated', align: 'right' },
  { title: 'speed-up', align: 'right' },
] as const;

/** At most this many names of files that differ. */
const SHOWN_DIFFERENCES = 10;

export function renderQuickstart(result: QuickstartResult): string {
  const rows = [...result.steps, totalOf(result)].map((step) => [
    step.title,
    seconds(step.emulatedSeconds),
    seconds(step.acceleratedSeconds),
    speedUp(step),
  ]);
  return [
    `${result.program}, configured and compiled in a Debian trixie arm64 build root`,
    '',
    renderTable(COLUMNS, rows),
    `programs    ${String(result.programs.accelerated)} ran natively, ${String(result.programs.emulated)} emulated`,
    ...fileLines(result.files),
    '',
    'Next, try:',
    ...nextSteps(result.root).map((line) => `  ${line}`),
    '',
  ].join('\n');
}

function fileLines(files: QuickstartResult['files']): string[] {
  const counts = `${String(files.identicalCompiled)} compiled and ${String(files.identicalOthers)} other`;
  if (files.different.length === 0) return [`files       ${counts} files: identical`];
  const shown = files.different.slice(0, SHOWN_DIFFERENCES);
  const more = files.different.length - shown.length;
  return [
    `files       ${counts} files are identical, ${String(files.different.length)} DIFFER:`,
    ...shown.map((name) => `              ${name}`),
    ...(more === 0 ? [] : [`              and ${String(more)} more`]),
  ];
}

function nextSteps(root: string): string[] {
  return [
    `./bin/qemu-accel run ${root} -- gcc -dumpmachine     # a command in the build root`,
    `./bin/qemu-accel run ${root} -- bash                 # a shell in it`,
    `./bin/qemu-accel explain ${root} cc                  # how a command runs, and why`,
    `./bin/qemu-accel list ${root}                        # everything that is accelerated`,
    './bin/qemu-accel bootstrap trixie arm64 ./my-root    # a build root of your own',
  ];
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
