/**
 * How a machine's name shows in strings, and how two strings are recognised as one and the same but for the machine.
 *
 * `x86_64-pc-linux-gnu` and `aarch64-unknown-linux-gnu` are the same triplet of two builds; `x86_64-linux-gnu` and
 * `aarch64-linux-gnu` the same Debian directory. Replacing each such name by a token makes them equal.
 */
import type { Arch } from '../arch.ts';

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

/**
 * How close two names must be to count as one: `fine` keeps the kernel's name of a machine (aarch64) apart from the
 * distribution's (arm64); `coarse` does not, for machines where they are one word (riscv64).
 */
export type Grain = 'fine' | 'coarse';

/** Replaces a machine's names by tokens: triplet with vendor, triplet, distribution architecture, kernel machine. */
export function normalise(text: string, arch: Arch, grain: Grain): string {
  const { vendorTriplet, cpuTriplet, machine, distribution } = patternsOf(arch);
  return text
    .replace(vendorTriplet, '\u0001V')
    .replaceAll(arch.triplet, '\u0001T')
    .replaceAll(cpuTriplet, '\u0001T')
    .replace(distribution, grain === 'fine' ? '\u0001A' : '\u0001M')
    .replace(machine, '\u0001M');
}

/** What follows the machine in a triplet: `linux-gnueabihf`. */
export function abiOf({ triplet }: Arch): string {
  return triplet.slice(triplet.indexOf('-') + 1);
}

/** Triplets with a vendor, as a compiler gives its target: `x86_64-pc-linux-gnu`. */
export function vendorTriplets(arch: Arch): RegExp {
  return patternsOf(arch).vendorTriplet;
}

/** What betrays the host in a program that knows every machine: the directories of its libraries. */
export function directoriesPattern(host: Arch): RegExp {
  return new RegExp(escapeRegExp(host.triplet), 'g');
}

interface NamePatterns {
  readonly vendorTriplet: RegExp;
  /** Another word than the triplet for i386 only: directories say i386, and perl i686. */
  readonly cpuTriplet: string;
  readonly machine: RegExp;
  readonly distribution: RegExp;
}

const patterns = new Map<string, NamePatterns>();

function patternsOf(arch: Arch): NamePatterns {
  const known = patterns.get(arch.name);
  if (known) return known;
  const abi = abiOf(arch);
  const cpus = [...new Set([arch.machine, arch.cpu])].sort((a, b) => b.length - a.length).map(nameSource);
  const made = {
    vendorTriplet: new RegExp(`(?:${cpus.join('|')})-(?:pc|unknown)-${escapeRegExp(abi)}`, 'g'),
    cpuTriplet: `${arch.cpu}-${abi}`,
    machine: new RegExp(cpus.join('|'), 'g'),
    distribution: new RegExp(nameSource(arch.name), 'g'),
  };
  patterns.set(arch.name, made);
  return made;
}

/** `arm` is a part of many words; longer names are not. */
function nameSource(name: string): string {
  return name.length > 3 ? escapeRegExp(name) : `(?<![A-Za-z0-9])${escapeRegExp(name)}(?![A-Za-z0-9])`;
}

function namesOf(arch: Arch): string[] {
  return [...new Set([arch.cpu, arch.machine, arch.name])];
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
