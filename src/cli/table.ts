/** Aligned columns for a person to read. Programs get JSON. */

export interface Column {
  readonly title: string;
  /** Numbers are read from their last digit. Default: left. */
  readonly align?: 'left' | 'right';
}

/**
 * Lays out a table with two spaces between columns, without trailing blanks.
 *
 * Cells hold no line break and no colour: colour changes the length of a text but not its width. Without any title there
 * is no title line.
 */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map((column) => column.title);
  const all = [...(titles.every((title) => title === '') ? [] : [titles]), ...rows];
  const widths = columns.map((_, at) => Math.max(0, ...all.map((row) => displayWidth(row[at] ?? ''))));
  return all.map((row) => `${renderRow(columns, widths, row)}\n`).join('');
}

function renderRow(columns: readonly Column[], widths: readonly number[], row: readonly string[]): string {
  const cells = columns.map((column, at) => {
    const text = row[at] ?? '';
    const padding = ' '.repeat((widths[at] ?? 0) - displayWidth(text));
    return column.align === 'right' ? padding + text : text + padding;
  });
  return cells.join('  ').trimEnd();
}

/** A text on one line, cut at a width. */
export function shortened(text: string, columns: number): string {
  const line = text.replaceAll(/\s+/g, ' ');
  if (displayWidth(line) <= columns) return line;
  let kept = '';
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    width += displayWidth(segment);
    if (width >= columns) break;
    kept += segment;
  }
  return `${kept}…`;
}

/**
 * Columns that a text takes on a terminal: East Asian wide and emoji characters take two, combining marks none. File
 * names may hold any of them.
 */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

const WIDE = /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[！-｠]/u;

/** `1 twin`, `2 twins`. */
export function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
