/** A build root with an emul tree of this checkout's making, which the test may change. */
import { install } from '../../src/app/install.ts';
import { runCaptured } from '../../src/app/run.ts';
import type { HostPath } from '../../src/core/paths.ts';
import { copyOfRoot, testRoot, type RootCopy, type TestRoot } from './roots.ts';

/**
 * A copy of a test root, accelerated: from the cache in seconds, where it is not up to date in a minute or two.
 * QEMU_ACCEL_TEST_DONOR names a donor (`root:PATH`, `dir:PATH`) in place of the package archive.
 */
export async function acceleratedRoot(name?: TestRoot): Promise<RootCopy> {
  const copy = await copyOfRoot(await testRoot(name));
  try {
    const donor = process.env['QEMU_ACCEL_TEST_DONOR'];
    await install({ root: copy.root, ...(donor === undefined || donor === '' ? {} : { donor }) });
    return copy;
  } catch (error) {
    await copy.dispose();
    throw error;
  }
}

/**
 * Compiles sources of test/support/native in the root: each `output` by gcc with these arguments. Done accelerated: that
 * both compilers give the same bytes is shown by a test of its own.
 */
export async function compileInRoot(
  root: HostPath,
  into: HostPath,
  outputs: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const script = Object.entries(outputs).map(([name, args]) => `gcc ${args.join(' ')} -o /mnt/out/${name}`);
  const command = ['sh', '-ec', ['cd /mnt/source', ...script].join('\n')];
  const binds = [`${import.meta.dirname}/native:/mnt/source:ro`, `${into}:/mnt/out`];
  const { status, stderr } = await runCaptured({ root, command, binds });
  if (status !== 0) throw new Error(`cannot compile the helpers of the test: ${stderr}`);
}
