/** An index with records that belong to nothing, as a build root with tens of thousands of programs would have it. */
import { createHash } from 'node:crypto';
import { readManifest } from '../../adapters/emul/read-tree.ts';
import { encodeIndex, type IndexRecord } from '../../core/index-layout.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { writeAtomically } from '../../os/fs.ts';
import { ARCH, benchDir } from './roots.ts';

/** @returns the file, to be shown as /emul/index. It knows every program of the root's tree that has a build-id. */
export async function strayIndex(root: HostPath, strays: number): Promise<HostPath> {
  const { twins } = await readManifest(root);
  const records = twins.flatMap(({ buildId, twin, guestSizeBytes, emulateFor }): IndexRecord[] =>
    buildId === undefined ? [] : [{ key: { kind: 'build-id', buildId }, twin, guestSizeBytes, emulateFor }],
  );
  const file = joinHost(benchDir(), 'stray-index');
  await writeAtomically(file, encodeIndex(ARCH, [...records, ...Array.from({ length: strays }, (_, at) => stray(at))]));
  return file;
}

function stray(at: number): IndexRecord {
  const buildId = createHash('sha1').update(String(at)).digest('hex');
  return { key: { kind: 'build-id', buildId }, twin: `/emul/usr/bin/stray-${String(at)}`, guestSizeBytes: at };
}
