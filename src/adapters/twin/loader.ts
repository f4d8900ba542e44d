/** The loader of the twins: glibc's ld.so as the donor has it, but for what only a tree needs. */
import { withRescue } from './loader-rescue.ts';
import { withoutCpuid } from './loader-cpu.ts';

export interface LoaderParts {
  /** native/build/loader-rescue.bin. */
  readonly rescue: Buffer;
  /** native/build/loader-cpu.bin. */
  readonly cpu: Buffer;
  /** The dispatcher's path in the guest, ASCII. */
  readonly dispatcher: string;
}

/** glibc's list of subdirectories, since 2.33; a glibc for a machine that has none has an empty string there. */
const HWCAPS = Buffer.from('\0x86-64-v4:x86-64-v3:x86-64-v2\0', 'latin1');

/**
 * A copy of a loader that starts the dispatcher before it gives up, that starts programs without CPUID, and that looks for no
 * libraries for better processors. A loader that is not made like glibc's lacks what could not be done to it.
 *
 * @throws ElfError for bytes that are no ELF file.
 */
export async function makeLoader(loader: Buffer, { rescue, cpu, dispatcher }: LoaderParts): Promise<Buffer> {
  const rescued = withRescue(loader, rescue, dispatcher) ?? loader;
  const quick = (await withoutCpuid(rescued, cpu)) ?? rescued;
  return withoutHwcaps(quick);
}

/** The tree has one build of each library: three directories less to look for in every process. */
function withoutHwcaps(loader: Buffer): Buffer {
  const at = loader.indexOf(HWCAPS);
  if (at < 0 || loader.includes(HWCAPS, at + 1)) return loader;
  return Buffer.from(loader).fill(0, at + 1, at + HWCAPS.length);
}
