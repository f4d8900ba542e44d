/** One recipe built accelerated and emulated in one root, which is prepared with acceleration both times. */
import { exec } from '../../os/exec.ts';
import { sha256OfFile } from '../../os/hash-file.ts';
import { SWITCH_OFF } from '../../adapters/pack/switch-off.ts';
import { obsBuild, type ObsBuildRequest, type ObsBuilt } from './build.ts';

export interface BothWays {
  readonly accelerated: ObsBuilt;
  /** A package has removed /emul while the root was being prepared. */
  readonly emulated: ObsBuilt;
  /** Names of packages that do not have the same bytes, or that only one of the builds has made. */
  readonly different: readonly string[];
}

/** The repositories must hold the package {@link SWITCH_OFF}. A root that is there is removed first. */
export async function buildBothWays(request: Omit<ObsBuildRequest, 'extra'>): Promise<BothWays> {
  await exec(['rm', '--recursive', '--force', '--one-file-system', request.root]);
  const accelerated = await obsBuild(request);
  const before = await sumsOf(accelerated);
  const emulated = await obsBuild({ ...request, extra: [SWITCH_OFF] });
  const after = await sumsOf(emulated);
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return { accelerated, emulated, different: names.filter((name) => before.get(name) !== after.get(name)) };
}

async function sumsOf({ packages }: ObsBuilt): Promise<ReadonlyMap<string, string>> {
  const sums = packages.map(async (path) => [path.slice(path.lastIndexOf('/') + 1), await sha256OfFile(path)] as const);
  return new Map(await Promise.all(sums));
}
