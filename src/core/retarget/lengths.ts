/**
 * Lengths that code passes beside a string. perl's STR_WITH_LEN ("/usr/lib/x86_64-linux-gnu/perl-base") becomes
 *
 *   mov  $0x23, %edx
 *   lea  0x192b54(%rip), %rsi
 *
 * so the pointer and the number must change together. The number that belongs to the pointer is the nearest one of that
 * value; two at the same distance are a refusal.
 */
import type { Reference } from './references.ts';
import { Refusal, type Workpiece } from './work.ts';

/** Arguments of one call are loaded next to each other. */
const NEAR_BYTES = 40;
const SHORTEST = 4;

/** Changes the immediate that holds the donor's length next to a reference, where there is one. */
export function replaceLength(work: Workpiece, reference: Reference, pair: { donor: string; guest: string }): void {
  if (pair.donor.length === pair.guest.length || pair.donor.length < SHORTEST) return;
  const candidates = immediatesNear(work, reference.offset, pair.donor.length);
  const [nearest, next] = candidates;
  if (nearest === undefined) return;
  if (next?.distance === nearest.distance) throw new Refusal(`two lengths stand beside ${JSON.stringify(pair.donor)}`);
  work.bytes.writeUInt32LE(pair.guest.length, nearest.offset);
}

/** `mov $value, %r32` around an offset, the nearest first. Read from the donor: a changed one is no candidate any more. */
function immediatesNear(work: Workpiece, at: number, value: number): { offset: number; distance: number }[] {
  const { source } = work.donor;
  const from = Math.max(1, at - NEAR_BYTES);
  const to = Math.min(source.sizeBytes - 4, at + NEAR_BYTES);
  const bytes = source.read(from - 1, to - from + 5);
  const found: { offset: number; distance: number }[] = [];
  for (let offset = from; offset <= to; offset++) {
    const opcode = bytes[offset - from] ?? 0;
    if (opcode < 0xb8 || opcode > 0xbf || bytes.readUInt32LE(offset - from + 1) !== value) continue;
    found.push({ offset, distance: Math.abs(offset - at) });
  }
  return found.sort((a, b) => a.distance - b.distance);
}
