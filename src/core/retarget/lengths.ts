/**
 * Lengths that code passes beside a string. perl's STR_WITH_LEN ("/usr/lib/x86_64-linux-gnu/perl-base") becomes
 *
 *   mov  $0x23, %edx
 *   lea  0x192b54(%rip), %rsi
 *
 * so the pointer and the number must change together; i386 code pushes or stores it (`push $0x1b`). The number that belongs to
 * the pointer is the nearest one of that value; two at the same distance are a refusal.
 */
import type { Reference } from './references.ts';
import { Refusal, type Workpiece } from './work.ts';

/** Arguments of one call are loaded next to each other. */
const NEAR_BYTES = 40;
const SHORTEST = 4;
/** push takes one byte, with a sign. */
const LONGEST_PUSHED = 127;

interface Immediate {
  readonly offset: number;
  readonly size: 1 | 4;
  readonly distance: number;
}

/** Changes the immediate that holds the donor's length next to a reference, where there is one. */
export function replaceLength(work: Workpiece, reference: Reference, pair: { donor: string; guest: string }): void {
  if (pair.donor.length === pair.guest.length || pair.donor.length < SHORTEST) return;
  const candidates = immediatesNear(work, reference.offset, pair.donor.length);
  const [nearest, next] = candidates;
  if (nearest === undefined) return;
  if (next?.distance === nearest.distance) throw new Refusal(`two lengths stand beside ${JSON.stringify(pair.donor)}`);
  if (nearest.size === 4) work.bytes.writeUInt32LE(pair.guest.length, nearest.offset);
  else if (pair.guest.length <= LONGEST_PUSHED) work.bytes[nearest.offset] = pair.guest.length;
  else throw new Refusal(`the length of ${JSON.stringify(pair.guest)} does not fit a push of one byte`);
}

/** `mov $value, %r32` and, in i386 code, pushes and stores around an offset, the nearest first. Read from the donor: a changed one is no candidate any more. */
function immediatesNear(work: Workpiece, at: number, value: number): Immediate[] {
  const { source } = work.donor;
  const from = Math.max(1, at - NEAR_BYTES);
  const to = Math.min(source.sizeBytes - 4, at + NEAR_BYTES);
  const bytes = source.read(from - 1, to - from + 5);
  const found: Immediate[] = [];
  for (let offset = from; offset <= to; offset++) {
    const size = immediateSize(bytes, offset - from + 1, work.donor.elfClass);
    if (size === undefined) continue;
    const held = size === 4 ? bytes.readUInt32LE(offset - from + 1) : bytes[offset - from + 1];
    if (held === value) found.push({ offset, size, distance: Math.abs(offset - at) });
  }
  return found.sort((a, b) => a.distance - b.distance);
}

/** The size of an immediate at `at`, as the bytes before it tell: mov; push, and movl to the stack. */
function immediateSize(bytes: Buffer, at: number, elfClass: 32 | 64): Immediate['size'] | undefined {
  const before = (count: number): number => bytes[at - count] ?? 0;
  if (before(1) >= 0xb8 && before(1) <= 0xbf) return 4;
  if (elfClass === 64) return undefined;
  if (before(1) === 0x6a) return 1;
  const isStored = before(4) === 0xc7 && before(3) === 0x44 && before(2) === 0x24;
  const isStoredOnTop = before(3) === 0xc7 && before(2) === 0x04 && before(1) === 0x24;
  return before(1) === 0x68 || isStored || isStoredOnTop ? 4 : undefined;
}
