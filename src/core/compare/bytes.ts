/** What differs between two files that are no text: where, and the bytes around it as hexdump -C shows them. */

const ROW_BYTES = 16;
const ROWS_AROUND = 1;

/** UTF-8 or Latin-1 text without NUL and few control characters, which a diff by lines suits. */
export function isText(content: Buffer): boolean {
  if (content.includes(0)) return false;
  let odd = 0;
  for (const byte of content.subarray(0, 65536)) if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) odd++;
  return odd * 100 <= Math.min(content.length, 65536);
}

/** The first offset at which they differ, the shorter one's length where one is the start of the other; -1: equal. */
export function firstDifference(left: Buffer, right: Buffer): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) if (left[at] !== right[at]) return at;
  return left.length === right.length ? -1 : length;
}

/** How many bytes differ where both have one. */
export function countDifferences(left: Buffer, right: Buffer): number {
  const length = Math.min(left.length, right.length);
  let count = 0;
  for (let at = 0; at < length; at++) if (left[at] !== right[at]) count++;
  return count;
}

/** Offsets at which two files of one length differ. */
export function differingOffsets(left: Buffer, right: Buffer): ReadonlySet<number> {
  const offsets = new Set<number>();
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) offsets.add(at);
  return offsets;
}

export function renderBytes(left: Buffer, right: Buffer): string[] {
  const at = firstDifference(left, right);
  const size = left.length === right.length ? '' : `, ${String(left.length)} and ${String(right.length)} bytes long`;
  const row = Math.floor(at / ROW_BYTES) * ROW_BYTES;
  const from = Math.max(0, row - ROWS_AROUND * ROW_BYTES);
  const to = row + (ROWS_AROUND + 1) * ROW_BYTES;
  const lines = [`first at offset ${String(at)} (0x${at.toString(16)})${size}`];
  for (let offset = from; offset < to; offset += ROW_BYTES) {
    const [a, b] = [hexRow(left, offset), hexRow(right, offset)];
    if (a === b && a !== undefined) lines.push(` ${a}`);
    if (a !== b && a !== undefined) lines.push(`-${a}`);
    if (a !== b && b !== undefined) lines.push(`+${b}`);
  }
  return lines;
}

function hexRow(content: Buffer, offset: number): string | undefined {
  const bytes = content.subarray(offset, offset + ROW_BYTES);
  if (bytes.length === 0) return undefined;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const text = bytes.toString('latin1').replaceAll(/[^\x20-\x7e]/g, '.');
  return `${offset.toString(16).padStart(8, '0')}  ${hex.padEnd(ROW_BYTES * 3)} |${text}|`;
}
