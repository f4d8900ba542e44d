/**
 * How a machine's name shows in strings, and how two strings are recognised as one and the same but for the machine.
 *
 * `x86_64-pc-linux-gnu` and `aarch64-unknown-linux-gnu` are the same triplet of two builds; `x86_64-linux-gnu` and
 * `aarch64-linux-gnu` the same Debian directory. Replacing each such name by a token makes them equal.
 */
import { type Arch, HOST_ARCH } from '../arch.ts';

/** The host's names, wherever they stand. i386 counts: a twin of a 32-bit guest is built for it. */
export const HOST_REVEALING = /x86[_-]64|amd64|i[3-6]86/g;

/** Strings that hold one of the host's names, or one of `extra` (which tell a cross build from a native one). */
export function revealingPattern(extra: readonly string[] = []): RegExp {
  return new RegExp([HOST_REVEALING.source, ...extra.map(escapeRegExp)].join('|'), 'g');
}

/** Strings that name this guest. */
export function guestPattern(arch: Arch): RegExp {
  return new RegExp(namesOf(arch).map(escapeRegExp).join('|'), 'g');
}

/** Replaces a machine's names by tokens: triplet with vendor, triplet, kernel machine, distribution architecture. */
export function normalise(text: string, arch: Arch): string {
  const abi = arch.triplet.slice(arch.triplet.indexOf('-') + 1);
  const cpus = [...new Set([arch.cpu, arch.machine])].map(escapeRegExp).join('|');
  return text
    .replace(new RegExp(`(?:${cpus})-(?:pc|unknown)-${escapeRegExp(abi)}`, 'g'), '\u0001V')
    .replaceAll(arch.triplet, '\u0001T')
    .replace(new RegExp(cpus, 'g'), '\u0001M')
    .replaceAll(arch.name, '\u0001A');
}

/** The same for a string of the donor, which is a host build. */
export function normaliseDonor(text: string): string {
  return normalise(text, HOST_ARCH);
}

function namesOf(arch: Arch): string[] {
  return [...new Set([arch.cpu, arch.machine, arch.name])];
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
