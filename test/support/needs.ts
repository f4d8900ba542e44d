/**
 * Tests that need something of the machine say so, and are skipped with the reason where it is missing:
 *
 *     describeNeeding(['binfmt', 'qemu-aarch64'], 'a twin', () => { test(...) });
 *
 * A skip is easily overlooked, so QEMU_ACCEL_MUST_RUN=all (or a list: `binfmt,patchelf`) turns a missing capability into
 * a failing test. CI sets it.
 */
import { describe, test } from 'vitest';
import { PROBES, type Capability } from './probes.ts';

const answers = new Map<Capability, string | undefined>();

/** The capabilities of `needed` that this machine lacks, each with its reason. Every probe runs once per test file. */
export function missing(needed: readonly Capability[]): ReadonlyMap<Capability, string> {
  const lacking = new Map<Capability, string>();
  for (const capability of needed) {
    if (!answers.has(capability)) answers.set(capability, PROBES[capability]());
    const reason = answers.get(capability);
    if (reason !== undefined) lacking.set(capability, reason);
  }
  return lacking;
}

/** `describe`, skipped (or failed, see above) where a capability is missing. */
export function describeNeeding(needed: readonly Capability[], title: string, body: () => void): void {
  const lacking = missing(needed);
  if (lacking.size === 0) {
    describe(title, body);
    return;
  }
  const reasons = [...lacking.values()].join('; ');
  if ([...lacking.keys()].some(mustRun)) {
    describe(title, () => {
      test('has what it needs', () => {
        throw new Error(`QEMU_ACCEL_MUST_RUN forbids to skip this: ${reasons}`);
      });
    });
    return;
  }
  describe.skip(`${title} [skipped: ${reasons}]`, body);
}

function mustRun(capability: Capability): boolean {
  const wanted = (process.env['QEMU_ACCEL_MUST_RUN'] ?? '').split(/[\s,]+/);
  return wanted.includes('all') || wanted.includes(capability);
}
