/** rpmbuild, as we use it: it packs files that are finished, and must not touch them. */
import { promises as fsp } from 'node:fs';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { PACK_TIMEOUT_MS, type PackTarget } from './staged.ts';

/**
 * rpmbuild would strip the twins, hash their build-ids into links that clash with the guest's own packages, and take the
 * host libraries that they need for requirements of the root.
 */
const MACROS: Readonly<Record<string, string>> = {
  __os_install_post: '%{nil}',
  debug_package: '%{nil}',
  _build_id_links: 'none',
  _build_name_fmt: '%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm',
  _buildhost: 'localhost',
  use_source_date_epoch_as_buildtime: '1',
};

export interface RpmSpec {
  readonly name: string;
  readonly text: string;
  /** Of the guest: a package without binaries says `BuildArch: noarch` as well. */
  readonly rpmArch: string;
  /** Ours alone; made. */
  readonly scratch: HostPath;
  readonly macros: Readonly<Record<string, string>>;
}

/** Writes `<name>-<version>-<release>.<arch>.rpm` to the target's directory. */
export async function buildRpm(spec: RpmSpec, target: Omit<PackTarget, 'level'>): Promise<void> {
  const file = joinHost(spec.scratch, 'files', `${spec.name}.spec`);
  await fsp.mkdir(joinHost(spec.scratch, 'files'), { recursive: true });
  await fsp.writeFile(file, spec.text);
  const macros = { ...MACROS, ...spec.macros, _topdir: spec.scratch, _rpmdir: target.out };
  const defines = Object.entries(macros).flatMap(([macro, value]) => ['--define', `${macro} ${value}`]);
  await exec(['rpmbuild', '-bb', '--quiet', '--target', `${spec.rpmArch}-linux`, ...defines, file], {
    env: { SOURCE_DATE_EPOCH: String(target.epoch) },
    timeoutMs: PACK_TIMEOUT_MS,
  });
}

/** rpm expands macros in a file's name. A `[` of its own, as the program is called, stands for itself. */
export function escapedForRpm(path: string): string {
  return path.replaceAll('%', '%%');
}

/** For the scripts of a spec. */
export function quotedForRpm(path: HostPath): string {
  return `'${escapedForRpm(path.replaceAll("'", `'\\''`))}'`;
}
