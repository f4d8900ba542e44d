/** How many programs a traced run has started each way. */
import { promises as fsp } from 'node:fs';
import type { HostPath } from '../core/paths.ts';
import { parseTraceLine } from '../core/trace.ts';
import { withErrno } from '../os/fs.ts';

/** Programs that a run has started under the host's CPU, and under qemu. */
export interface ProgramCounts {
  readonly accelerated: number;
  readonly emulated: number;
}

/** Counts the lines of some traces together. A twin that started and then went back to emulation counts as both. */
export async function countPrograms(traces: readonly HostPath[]): Promise<ProgramCounts> {
  const counts = { accelerated: 0, emulated: 0 };
  for (const path of traces) {
    const text = await withErrno('read the trace', () => fsp.readFile(path, 'utf8'));
    for (const line of text.split('\n')) {
      const record = parseTraceLine(line);
      if (record) counts[record.how]++;
    }
  }
  return counts;
}
