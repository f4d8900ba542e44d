/**
 * The chart of the README: for each case a bar for each contender, the longest across the whole width. One SVG for light and
 * dark: it asks the reader's browser which (prefers-color-scheme), as GitHub's pages do.
 */
import type { CaseRow } from './rows.ts';
import { ratioOf, valueText } from './rows.ts';
import { ratioText } from './statistics.ts';

export interface Chart {
  readonly title: string;
  readonly rows: readonly CaseRow[];
  /** In the order of the bars. */
  readonly contenders: readonly { readonly id: string; readonly title: string }[];
  /** What the ratios behind the bars are of. */
  readonly base: string;
}

const WIDTH = 820;
const LEFT = 250;
const BARS = 520;
const BAR = 14;
const GAP = 3;
const GROUP_GAP = 14;
const TOP = 34;
/** A bar that nobody can see is taken for none. */
const MIN_BAR = 2;
/** Room that a text of this many characters needs behind a bar, or else it goes into it. */
const CHARACTER = 7;

/** Green is ours; the limit is blue, and what is emulated is grey. */
const COLOURS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  accel: ['#1a7f37', '#3fb950'],
  native: ['#0969da', '#58a6ff'],
  cross: ['#54aeff', '#388bfd'],
};
const GREYS = ['#6e7781', '#6e7681'] as const;

export function chartSvg(chart: Chart): string {
  const body: string[] = [];
  let top = TOP;
  for (const row of chart.rows) {
    const bars = chart.contenders.filter(({ id }) => row.measured.has(id));
    const height = bars.length * (BAR + GAP);
    body.push(text(LEFT - 12, top + height / 2 + 4, plain(row.title), 'class="name" text-anchor="end"'));
    const longest = Math.max(...bars.map(({ id }) => row.measured.get(id)?.spread.median ?? 0));
    bars.forEach(({ id, title }, at) =>
      body.push(...bar(row, { id, title, base: chart.base, top: top + at * (BAR + GAP), longest })),
    );
    top += height + GROUP_GAP;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(top)}" width="${String(WIDTH)}" height="${String(top)}" role="img">`,
    `  <title>${escaped(chart.title)}</title>`,
    ...styleLines(chart),
    text(LEFT, 18, chart.title, ''),
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

interface Bar {
  readonly id: string;
  readonly title: string;
  readonly base: string;
  readonly top: number;
  /** Seconds of the bar that takes the whole width. */
  readonly longest: number;
}

function bar(row: CaseRow, { id, title, base, top, longest }: Bar): string[] {
  const cell = row.measured.get(id);
  if (cell === undefined) return [];
  const width = Math.max(MIN_BAR, longest === 0 ? 0 : (BARS * cell.spread.median) / longest);
  const ratio = id === base ? undefined : ratioOf(row, base, id);
  const label = `${valueText(cell, row.unit)} ${title}${ratio === undefined ? '' : ` (${ratioText(ratio)})`}`;
  const isInside = width + label.length * CHARACTER > BARS + (WIDTH - LEFT - BARS);
  const [x, attributes] = isInside ? [LEFT + width - 8, 'class="inside" text-anchor="end"'] : [LEFT + width + 8, ''];
  return [
    `  <rect class="c-${id.replaceAll(/[^a-z]/g, '')}" x="${String(LEFT)}" y="${String(top)}" width="${width.toFixed(1)}" height="${String(BAR)}" rx="2"/>`,
    text(x, top + BAR - 3, label, attributes),
  ];
}

function styleLines({ contenders }: Chart): string[] {
  const fills = (which: 0 | 1): string[] =>
    contenders.map(({ id }) => `.c-${id.replaceAll(/[^a-z]/g, '')} { fill: ${(COLOURS[id] ?? GREYS)[which]} }`);
  return [
    '  <style>',
    '    text { font: 12px system-ui, sans-serif; fill: #24292f }',
    '    .name { font-weight: 600 }',
    '    .inside { fill: #fff }',
    ...fills(0).map((line) => `    ${line}`),
    '    @media (prefers-color-scheme: dark) {',
    '      text { fill: #e6edf3 }',
    '      .inside { fill: #fff }',
    ...fills(1).map((line) => `      ${line}`),
    '    }',
    '  </style>',
  ];
}

function text(x: number, y: number, words: string, attributes: string): string {
  const more = attributes === '' ? '' : ` ${attributes}`;
  return `  <text x="${x.toFixed(1)}" y="${String(Math.round(y))}"${more}>${escaped(words)}</text>`;
}

/** Titles are Markdown: backquotes are for the documents. */
function plain(title: string): string {
  return title.replaceAll('`', '');
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
