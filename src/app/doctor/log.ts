/** `doctor --log`: why a build has failed, from its log alone. */
import { readLogLines } from '../../adapters/doctor/log-lines.ts';
import { makeLogReader, type Cause, type Diagnosis } from '../../core/build-log/diagnose.ts';

export interface LogRequest {
  /** A path, or `-` for stdin. */
  readonly log: string;
  /** The build root, for the commands that are proposed. */
  readonly root?: string;
}

/** @throws EnvironmentError E_IO, E_PERMISSION when it cannot be read. */
export async function diagnoseLog({ log, root }: LogRequest): Promise<Diagnosis> {
  const reader = makeLogReader();
  await readLogLines(log, reader.add);
  const diagnosis = reader.end();
  if (root === undefined) return diagnosis;
  const named = (cause: Cause): Cause => ({ ...cause, fix: cause.fix.map((line) => line.replaceAll('<root>', root)) });
  return { ...diagnosis, causes: diagnosis.causes.map(named), explained: diagnosis.explained.map(named) };
}
