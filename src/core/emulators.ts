/** What is known of versions of qemu-user. */
import type { HandlerArch } from './arch.ts';

/**
 * Emulators that compute the reference algorithm of pointer authentication (QARMA5) unless `-cpu max,pauth-impdef=on` asks for
 * the emulator's own, which Armv8.3 allows as well. qemu has the property since 6.0, and 10.0 has made it the default; from 7.2
 * on `max` is the CPU that a program gets anyway. Keys are random, so a signed pointer is never the same in two runs of a program.
 *
 * Measured with qemu 7.2 and Debian 13's arm64 programs, which sign nearly every return address: a loop of bash takes 7.3
 * times as long without it, one of perl 8.3 times (docs/benchmarks.md).
 */
const SLOW_PAUTH = { from: [7, 2], below: [10, 0] } as const;

/** `version`: as `qemu-aarch64 --version` prints it: "qemu-aarch64 version 7.2.22 (Debian ...)". */
export function hasSlowPauth(arch: HandlerArch, version: string): boolean {
  const [, major, minor] = /^qemu-\S+ version (\d+)\.(\d+)/.exec(version) ?? [];
  if (arch.signsPointers !== true || major === undefined || minor === undefined) return false;
  const isAtLeast = ([wantedMajor, wantedMinor]: readonly [number, number]): boolean =>
    Number(major) > wantedMajor || (Number(major) === wantedMajor && Number(minor) >= wantedMinor);
  return isAtLeast(SLOW_PAUTH.from) && !isAtLeast(SLOW_PAUTH.below);
}
