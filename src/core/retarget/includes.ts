/**
 * cc1's table of include directories. The native build has other entries than the cross build, in another order:
 *
 *   struct default_include {
 *     const char *fname; const char *component;
 *     char cplusplus, cxx_aware, add_sysroot, multilib;    ends with fname == NULL
 *   } cpp_include_defaults[];
 *
 * The donor gets the guest's table. Debian's native compilers moreover rewrite the C++ directories while they start (they
 * resolve `..`, and put the multiarch name before `c++`), which its cross compilers do not: those entries are written down
 * in the form that the rewriting gives, which is the same wherever libstdc++'s headers are installed.
 *
 * Source: gcc/cppdefault.h; Debian's patches canonical-cpppath and g++-multiarch-incdir, which apply to native builds only.
 */
import { posix } from 'node:path';
import type { Arch } from '../arch.ts';
import { align } from '../elf/fields.ts';
import { type Memory, memoryOf } from './memory.ts';
import { moveAway, overwrite, symbolPair } from './transplant.ts';
import { Refusal, type Workpiece } from './work.ts';

const TABLE = 'cpp_include_defaults';
const CXX_COMPONENT = 'G++';
/** The values of `multilib`: that of the compiler's multilib is added to the directory, or the multiarch name is part of it. */
const MULTILIB = 1;
const MULTIARCH = 2;

interface IncludeEntry {
  readonly directory: string;
  readonly component: string | undefined;
  readonly flags: Buffer;
}

export function pairIncludes(work: Workpiece, arch: Arch): void {
  const { to, from } = symbolPair(work, TABLE);
  const entries = readEntries(memoryOf(work.guest), from.value, from.size).map((entry) => asNativeShows(entry, arch));
  const address = (text: string | undefined): bigint => BigInt(text === undefined ? 0 : work.segment.addressOf(text));
  const bytes = Buffer.alloc((entries.length + 1) * 24);
  for (const [index, entry] of entries.entries()) {
    bytes.writeBigUInt64LE(address(entry.directory), index * 24);
    bytes.writeBigUInt64LE(address(entry.component), index * 24 + 8);
    entry.flags.copy(bytes, index * 24 + 16);
  }
  if (bytes.length <= to.size && work.donor.type === 'exec') overwrite(work, to, bytes);
  else moveAway(work, to, bytes);
  work.pairs.push({
    donor: TABLE,
    guest: entries.map(({ directory }) => directory).join(':'),
    references: entries.length,
  });
}

function readEntries(guest: Memory, start: number, size: number): IncludeEntry[] {
  const entryBytes = 2 * guest.wordBytes + align(4, guest.wordBytes);
  const entries: IncludeEntry[] = [];
  for (let at = start; at < start + size; at += entryBytes) {
    const directory = guest.stringAt(guest.wordAt(at));
    if (directory === undefined) return entries;
    const component = guest.stringAt(guest.wordAt(at + guest.wordBytes));
    const flags = guest.bytesAt(at + 2 * guest.wordBytes, 4);
    if (flags === undefined) break;
    entries.push({ directory, component, flags });
  }
  throw new Refusal(`the guest’s ${TABLE} has no end`);
}

function asNativeShows(entry: IncludeEntry, arch: Arch): IncludeEntry {
  if (entry.component !== CXX_COMPONENT) return entry;
  const directory = posix.normalize(entry.directory);
  // The driver for 32-bit Arm calls its one multilib `.` and says so (-imultilib .); a native cc1plus resolves that, too.
  const isDot = entry.flags[3] === MULTILIB && arch.cpu === 'arm';
  if (entry.flags[3] !== MULTIARCH && !isDot) return { ...entry, directory };
  const flags = Buffer.from(entry.flags);
  flags[3] = 0;
  return {
    directory: isDot ? directory : directory.replace('/c++/', `/${arch.triplet}/c++/`),
    component: entry.component,
    flags,
  };
}
