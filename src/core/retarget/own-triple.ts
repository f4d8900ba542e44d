/**
 * Compilers for every machine (LLVM). Code generators, linkers and readers of object files hold the names of all machines in
 * both builds, also within their instructions: those say nothing about the machine that they were built for. What does is one
 * string, LLVM's default target, as code uses it. Tables hold the same text where it names a target among others
 * (clang's list of triples that a gcc for x86-64 may be installed under): pointers in data stay as they are.
 *
 * clang, which Debian builds LLVM with, makes a std::string of a literal of 19 letters so:
 *
 *   movq   $0x13, (%rsp)              the capacity that is asked for
 *   ...
 *   call   std::string::_M_create     the memory is in %rax
 *   ...
 *   movups text(%rip), %xmm0
 *   movups %xmm0, (%rax)
 *   movl   $0x756e672d, 15(%rax)      "-gnu"
 *
 * The last three have the room for a copy of any length below 128. %rsi and %rdi are free: a call has just been made.
 *
 *   lea    guest(%rip), %rsi
 *   push   %rax ; pop %rdi ; push %rcx ; push $length ; pop %rcx ; rep movsb ; pop %rcx ; nop
 *
 * Source: llvm/lib/TargetParser/Unix/Host.inc, getDefaultTargetTriple; System V ABI, AMD64, 3.2.3 (registers).
 */
import type { Arch } from '../arch.ts';
import { directoriesPattern as plainTriplet, vendorTriplets } from './naming.ts';
import { replaceLength } from './lengths.ts';
import { findReferences, type Reference, writeReference } from './references.ts';
import { type DataSection, stringsMatching } from './strings.ts';
import { Refusal, type Workpiece } from './work.ts';

/** `movups disp32(%rip), %xmm0`, of which a reference holds the last four bytes. */
const LOAD = Buffer.from([0x0f, 0x10, 0x05]);
/** `movups %xmm0, (%rax)`; `movl $imm32, 15(%rax)`: the last four letters. */
const STORES = Buffer.from([0x0f, 0x11, 0x00, 0xc7, 0x40, 0x0f]);
const LETTERS = 19;
const LONGEST = 127;
/** How far before the load the capacity is stored. */
const NEAR_BYTES = 72;
const CALL = 0xe8;
/** How far before the load the call ends: two or three moves of what it returned. */
const CALL_BYTES = 32;

/** @throws Refusal where the guest's triple is not clear, or a use is not understood. */
export function replaceOwnTriple(work: Workpiece, guestArch: Arch, hostArch: Arch): void {
  const found = wholeStrings(work.donorData, vendorTriplets(hostArch));
  const donor = found[0]?.text;
  if (donor === undefined) return;
  const uses = findReferences(
    work.donor,
    work.donorData,
    found.map(({ vaddr }) => ({ start: vaddr, end: vaddr + 1 })),
  ).filter(({ form }) => !form.startsWith('pointer'));
  if (uses.length === 0) return;
  const pair = { donor, guest: guestTriple(work, guestArch) };
  if (pair.guest === donor) return;
  for (const use of uses) {
    if (use.use === 'address') redirect(work, use, pair);
    else if (use.use === 'content') replaceCopy(work, use, pair);
    else throw new Refusal(`a use of ${JSON.stringify(donor)} is not understood`);
    work.done.add(use.offset);
  }
  work.pairs.push({ ...pair, references: uses.length });
}

function wholeStrings(data: readonly DataSection[], pattern: RegExp): { vaddr: number; text: string }[] {
  return stringsMatching(data, pattern).filter(({ text }) => text.replace(pattern, '') === '');
}

/** Debian's builds for 32-bit Arm are told their triple without a vendor, and clang puts the word in when it starts. */
function guestTriple(work: Workpiece, arch: Arch): string {
  const withVendor = wholeStrings(work.guestData, vendorTriplets(arch));
  const plain = withVendor.length > 0 ? [] : wholeStrings(work.guestData, plainTriplet(arch));
  const [only, ...others] = new Set([...withVendor, ...plain].map(({ text }) => text));
  if (only === undefined || others.length > 0)
    throw new Refusal('it is not clear what the guest’s build takes for its own triple');
  return only;
}

interface TriplePair {
  readonly donor: string;
  readonly guest: string;
}

function redirect(work: Workpiece, use: Reference, pair: TriplePair): void {
  replaceLength(work, use, pair);
  writeReference(work.bytes, use, work.segment.addressOf(pair.guest));
}

function replaceCopy(work: Workpiece, use: Reference, pair: TriplePair): void {
  const start = use.offset - LOAD.length;
  const end = use.offset + 4 + STORES.length + 4;
  const before = work.bytes.subarray(start - NEAR_BYTES, start);
  const capacity = capacityIn(before);
  const isUnderstood =
    pair.donor.length === LETTERS &&
    pair.guest.length <= LONGEST &&
    work.bytes.subarray(start, use.offset).equals(LOAD) &&
    work.bytes.subarray(use.offset + 4, end - 4).equals(STORES) &&
    work.bytes.toString('latin1', end - 4, end) === pair.donor.slice(-4) &&
    before.subarray(-CALL_BYTES).includes(CALL);
  if (capacity === undefined || !isUnderstood)
    throw new Refusal(`a copy of ${JSON.stringify(pair.donor)} is not understood`);
  work.bytes.writeUInt32LE(pair.guest.length, start - NEAR_BYTES + capacity);
  const address = work.segment.addressOf(pair.guest);
  // The displacement stands where it stood: `lea` has as many bytes before it as `movups`.
  Buffer.from([0x48, 0x8d, 0x35]).copy(work.bytes, start);
  work.bytes.writeInt32LE(address - use.base, use.offset);
  Buffer.from([0x50, 0x5f, 0x51, 0x6a, pair.guest.length, 0x59, 0xf3, 0xa4, 0x59, 0x90]).copy(
    work.bytes,
    use.offset + 4,
  );
}

/** Where the number lies in the one `movq $19, disp8(%rsp)` or `movq $19, (%rsp)`. */
function capacityIn(code: Buffer): number | undefined {
  const found = [
    [0x48, 0xc7, 0x04, 0x24],
    [0x48, 0xc7, 0x44, 0x24],
  ].flatMap((opcode) => {
    const at = code.lastIndexOf(Buffer.from(opcode));
    const number = at + opcode.length + (opcode[2] === 0x44 ? 1 : 0);
    return at >= 0 && number + 4 <= code.length && code.readUInt32LE(number) === LETTERS ? [number] : [];
  });
  return found.length === 1 ? found[0] : undefined;
}
