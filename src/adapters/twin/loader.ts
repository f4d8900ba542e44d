/** The loader of the twins: glibc's ld.so as the donor has it, but for two things that only a tree needs. */
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

/**
 * A copy of a loader that starts the dispatcher before it gives up, and that starts programs without CPUID. A loader that is
 * not made like glibc's lacks what could not be done to it.
 *
 * @throws ElfError for bytes that are no ELF file.
 */
export async function makeLoader(loader: Buffer, { rescue, cpu, dispatcher }: LoaderParts): Promise<Buffer> {
  const rescued = withRescue(loader, rescue, dispatcher) ?? loader;
  return (await withoutCpuid(rescued, cpu)) ?? rescued;
}
