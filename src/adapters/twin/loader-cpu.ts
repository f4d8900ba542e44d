/**
 * The loader of the twins does not execute CPUID: native/loader/cpu.S says why, and answers instead.
 *
 * Each CPUID is two bytes, a jump is five. So a few neighbouring instructions are taken out with it, and a jump stands in
 * their place; they run behind the loader's own code, where its last page has room, with a call of the answers instead of
 * CPUID, and jump back. Nothing may jump between the instructions taken out. All of the loader's CPUIDs are replaced or
 * none: it may not hear of two processors.
 */
import type * as IcedX86 from 'iced-x86';
import { PF, PT } from '../../core/elf/constants.ts';
import { align } from '../../core/elf/fields.ts';
import { readElf, type Segment } from '../../core/elf/read.ts';
import { roomBehind } from '../../core/elf/room.ts';
import { bufferSource } from '../../core/elf/source.ts';

/** The disassembler; loaded when a loader is made, which is seldom. */
type Iced = typeof IcedX86;
type Decoder = IcedX86.Decoder;
type Instruction = IcedX86.Instruction;

/** What is decoded of the loader, in ascending order: addresses in its memory image. */
interface Code {
  readonly instructions: readonly Decoded[];
  /** Where some instruction jumps to, or takes the address of. */
  readonly targets: ReadonlySet<number>;
}

interface Decoded {
  readonly address: number;
  readonly end: number;
  readonly isCpuid: boolean;
}

/** Consecutive instructions, a CPUID among them, with room for a jump. */
interface Site {
  readonly start: number;
  readonly end: number;
}

/** Where code begins. */
const STEP = 16;
const JMP_32 = 0xe9;
const JMP_32_BYTES = 5;
const NOP = 0x90;
/** Below the stack pointer a function may keep values without telling: a call must not fall on them (System V ABI, 3.2.2). */
const RED_ZONE_BYTES = 128n;

/**
 * A copy of a loader that asks `answers` instead of CPUID.
 *
 * @param answers native/build/loader-cpu.bin.
 * @returns undefined for a loader that is not for x86-64, has no room, or holds a CPUID that cannot be taken out: it is used
 *   as it is, and is slower.
 * @throws ElfError for bytes that are no ELF file.
 */
export async function withoutCpuid(loader: Buffer, answers: Buffer): Promise<Buffer | undefined> {
  const elf = readElf(bufferSource(loader));
  const segment = elf.segments.find(({ type, flags }) => type === PT.load && (flags & PF.execute) !== 0);
  const room = segment === undefined ? undefined : roomBehind(elf, segment);
  if (segment === undefined || room === undefined || elf.elfClass !== 64) return undefined;
  const iced = await import('iced-x86');
  const code = decodeAll(iced, loader, segment);
  const sites = sitesOf(code);
  if (sites === undefined || sites.length === 0) return undefined;

  const copy = Buffer.from(loader);
  const answersAt = align(room.vaddr, STEP);
  const added = [Buffer.alloc(answersAt - room.vaddr), answers];
  let next = answersAt + answers.length;
  for (const site of sites) {
    const detour = detourOf(iced, { loader, segment, site, answersAt, at: next });
    added.push(detour);
    writeJump(copy.subarray(fileOffset(segment, site.start), fileOffset(segment, site.end)), next - site.start);
    next += detour.length;
  }
  const usedBytes = next - room.vaddr;
  if (usedBytes > room.sizeBytes) return undefined;
  Buffer.concat(added).copy(copy, room.offset);
  room.claim(copy, usedBytes);
  return copy;
}

function fileOffset(segment: Segment, address: number): number {
  return address - segment.vaddr + segment.offset;
}

function decoderAt(iced: Iced, bytes: Buffer, address: number): Decoder {
  const decoder = new iced.Decoder(64, bytes, iced.DecoderOptions.None);
  decoder.ip = BigInt(address);
  return decoder;
}

function decodeAll(iced: Iced, loader: Buffer, segment: Segment): Code {
  const bytes = loader.subarray(segment.offset, segment.offset + segment.fileSize);
  const decoder = decoderAt(iced, bytes, segment.vaddr);
  const instruction = new iced.Instruction();
  const instructions: Decoded[] = [];
  const targets = new Set<number>();
  while (decoder.canDecode) {
    decoder.decodeOut(instruction);
    const address = Number(instruction.ip);
    const isCpuid = instruction.mnemonic === iced.Mnemonic.Cpuid;
    instructions.push({ address, end: address + instruction.length, isCpuid });
    if (isNearBranch(iced, instruction)) targets.add(Number(instruction.nearBranchTarget));
    if (instruction.isIpRelMemoryOperand) targets.add(Number(instruction.ipRelMemoryAddress));
  }
  instruction.free();
  decoder.free();
  return { instructions, targets };
}

function isNearBranch(iced: Iced, instruction: Instruction): boolean {
  return instruction.opCount === 1 && instruction.op0Kind === iced.OpKind.NearBranch64;
}

/** Undefined where a CPUID cannot be taken out. */
function sitesOf({ instructions, targets }: Code): Site[] | undefined {
  const sites: Site[] = [];
  for (const [index, { address, isCpuid }] of instructions.entries()) {
    const last = sites.at(-1);
    if (!isCpuid || (last !== undefined && address < last.end)) continue;
    const site = siteAround(instructions, targets, index);
    if (site === undefined || (last !== undefined && site.start < last.end)) return undefined;
    sites.push(site);
  }
  return sites;
}

/** With what follows the CPUID if that is possible, else with what precedes it. */
function siteAround(instructions: readonly Decoded[], targets: ReadonlySet<number>, cpuid: number): Site | undefined {
  const isEntered = (at: Decoded | undefined): boolean => at === undefined || targets.has(at.address);
  let first = cpuid;
  let last = cpuid;
  const start = (): number => instructions[first]?.address ?? 0;
  const end = (): number => instructions[last]?.end ?? 0;
  while (end() - start() < JMP_32_BYTES) {
    if (!isEntered(instructions[last + 1])) last++;
    else if (first > 0 && !isEntered(instructions[first])) first--;
    else return undefined;
  }
  return { start: start(), end: end() };
}

interface Detour {
  readonly loader: Buffer;
  readonly segment: Segment;
  readonly site: Site;
  readonly answersAt: number;
  /** Where the detour will lie. */
  readonly at: number;
}

/** The instructions of a site for another place, with a call of the answers for CPUID, and a jump back. */
function detourOf(iced: Iced, { loader, segment, site, answersAt, at }: Detour): Buffer {
  const { BlockEncoder, BlockEncoderOptions, Code: Op, Instruction: Built, Mnemonic } = iced;
  const bytes = loader.subarray(fileOffset(segment, site.start), fileOffset(segment, site.end));
  const decoder = decoderAt(iced, bytes, site.start);
  const encoder = new BlockEncoder(64, BlockEncoderOptions.None);
  while (decoder.canDecode) {
    const instruction = decoder.decode();
    const parts =
      instruction.mnemonic === Mnemonic.Cpuid
        ? [
            moveStack(iced, -RED_ZONE_BYTES),
            Built.createBranch(Op.Call_rel32_64, BigInt(answersAt)),
            moveStack(iced, RED_ZONE_BYTES),
          ]
        : [instruction];
    for (const part of parts) encoder.add(part);
  }
  encoder.add(Built.createBranch(Op.Jmp_rel32_64, BigInt(site.end)));
  return Buffer.from(encoder.encode(BigInt(at)));
}

/** `lea bytes(%rsp), %rsp`, which leaves the flags alone. */
function moveStack(iced: Iced, bytes: bigint): Instruction {
  const { RSP, None } = iced.Register;
  const memory = new iced.MemoryOperand(RSP, None, 1, bytes, 1, false, None);
  return iced.Instruction.createRegMem(iced.Code.Lea_r64_m, RSP, memory);
}

function writeJump(place: Buffer, distance: number): void {
  place.fill(NOP);
  place.writeUInt8(JMP_32, 0);
  place.writeInt32LE(distance - JMP_32_BYTES, 1);
}
