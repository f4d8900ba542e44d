/**
 * The loader of the twins: glibc's ld.so, which runs native/loader/rescue.S before it gives up. rescue.S explains why and how.
 */
import { offsetOf, readElf } from '../../core/elf/read.ts';
import { bufferSource } from '../../core/elf/source.ts';
import { dynamicSymbols, type DynamicSymbol } from '../../core/elf/symbols.ts';

/** What glibc exports from its loader: the function that gives up, one that nobody needs, and what the code reads. */
const NAMES = {
  givesUp: '_dl_fatal_printf',
  place: '_dl_mcount',
  debugState: '_r_debug',
  firstStack: '__libc_stack_end',
} as const;

type Symbols = Readonly<Record<keyof typeof NAMES, DynamicSymbol>>;

/** The table before the code: 32-bit words. */
const TABLE = { codeSize: 0, debugState: 4, firstStack: 8, firstInstruction: 12, rest: 16 } as const;
const TABLE_BYTES = 20;

/** `sub $imm32, %rsp`: of any other function's beginning we would not know whether it may run elsewhere. */
const FIRST_INSTRUCTION = Buffer.from([0x48, 0x81, 0xec]);
const FIRST_INSTRUCTION_BYTES = 7;
const JMP_32 = 0xe9;
const JMP_32_BYTES = 5;

/**
 * A copy of a loader that starts the dispatcher before it gives up.
 *
 * @param rescue native/build/loader-rescue.bin.
 * @param dispatcher its path in the guest, ASCII.
 * @returns undefined for a loader that is not made like glibc's: it is used as it is, and gives up as ever.
 * @throws ElfError for bytes that are no ELF file.
 */
export function withRescue(loader: Buffer, rescue: Buffer, dispatcher: string): Buffer | undefined {
  const elf = readElf(bufferSource(loader));
  const symbols = findSymbols(dynamicSymbols(elf));
  if (symbols === undefined) return undefined;
  const { givesUp, place } = symbols;
  const [jumpAt, codeAt] = [givesUp, place].map(({ value }) => offsetOf(elf.segments, value));
  if (jumpAt === undefined || codeAt === undefined) return undefined;
  const first = loader.subarray(jumpAt, jumpAt + FIRST_INSTRUCTION_BYTES);
  const code = rescueCode(rescue, { dispatcher, first, symbols });
  const fits = code.length <= place.size && codeAt + place.size <= loader.length;
  if (!first.subarray(0, FIRST_INSTRUCTION.length).equals(FIRST_INSTRUCTION) || !fits) return undefined;
  const rescued = Buffer.from(loader);
  code.copy(rescued, codeAt);
  rescued.writeUInt8(JMP_32, jumpAt);
  rescued.writeInt32LE(place.value - (givesUp.value + JMP_32_BYTES), jumpAt + 1);
  return rescued;
}

function findSymbols(all: readonly DynamicSymbol[]): Symbols | undefined {
  const found = Object.entries(NAMES).flatMap(([key, name]) => {
    const symbol = all.find((one) => one.name === name && one.isDefined);
    return symbol === undefined ? [] : [[key, symbol] as const];
  });
  return found.length === Object.keys(NAMES).length ? (Object.fromEntries(found) as Symbols) : undefined;
}

interface Fill {
  readonly dispatcher: string;
  /** The first instruction of the function that gives up. */
  readonly first: Buffer;
  readonly symbols: Symbols;
}

function rescueCode(rescue: Buffer, { dispatcher, first, symbols }: Fill): Buffer {
  const { givesUp, place, debugState, firstStack } = symbols;
  const word = (name: keyof typeof TABLE): number => rescue.readUInt32LE(TABLE[name]);
  const path = Buffer.from(`${dispatcher}\0`, 'ascii');
  const code = Buffer.concat([rescue.subarray(TABLE_BYTES, TABLE_BYTES + word('codeSize')), path]);
  const addDistance = (name: keyof typeof TABLE, to: number): void => {
    code.writeInt32LE(code.readInt32LE(word(name)) + to - place.value, word(name));
  };
  addDistance('debugState', debugState.value);
  addDistance('firstStack', firstStack.value);
  addDistance('rest', givesUp.value + FIRST_INSTRUCTION_BYTES);
  first.copy(code, word('firstInstruction'));
  return code;
}
