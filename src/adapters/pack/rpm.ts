/** rpm packages, by rpmbuild itself. */
import { promises as fsp } from 'node:fs';
import { rpmNames } from '../../core/package-names.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import {
  PACK_TIMEOUT_MS,
  SET_TREE_TIME,
  scratchDir,
  type PackedFile,
  type PackTarget,
  type StagedPackage,
} from './staged.ts';

/**
 * rpmbuild would strip the twins, hash their build-ids into links that clash with the guest's own packages, and take the
 * host libraries that they need for requirements of the root.
 */
const MACROS: Readonly<Record<string, string>> = {
  __os_install_post: '%{nil}',
  debug_package: '%{nil}',
  _build_id_links: 'none',
  _build_name_fmt: '%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm',
  // The window of level 9 spans two compilers, which are alike. Two threads always: their number shows in the bytes.
  _binary_payload: 'w9T2.xzdio',
  _buildhost: 'localhost',
  use_source_date_epoch_as_buildtime: '1',
  clamp_mtime_to_source_date_epoch: '1',
};

/** @param rpmArch what the package's architecture field says: `armv7hl`, or `armv7l` as Tizen writes it. */
export async function packRpm(staged: StagedPackage, target: PackTarget, rpmArch: string): Promise<PackedFile> {
  const { name } = rpmNames(staged.family, staged.arch, rpmArch);
  const top = scratchDir(target, staged, 'rpm');
  await fsp.mkdir(joinHost(top, 'files'), { recursive: true });
  const spec = joinHost(top, 'files', `${name}.spec`);
  await fsp.writeFile(spec, specOf(staged, rpmArch));
  const defines = Object.entries({ ...MACROS, _topdir: top, _rpmdir: target.out }).flatMap(([macro, value]) => [
    '--define',
    `${macro} ${value}`,
  ]);
  await exec(['rpmbuild', '-bb', '--quiet', '--target', `${rpmArch}-linux`, ...defines, spec], {
    env: { SOURCE_DATE_EPOCH: String(target.epoch) },
    timeoutMs: PACK_TIMEOUT_MS,
  });
  const path = joinHost(target.out, `${name}-${staged.version}-${staged.release}.${rpmArch}.rpm`);
  const { family, installedBytes } = staged;
  return { path, name, family, installedBytes, sizeBytes: (await fsp.stat(path)).size };
}

function specOf(staged: StagedPackage, rpmArch: string): string {
  const { family, arch, version, release } = staged;
  const { name, provides } = rpmNames(family, arch, rpmArch);
  const evr = `${version}-${release}`;
  return [
    `Name: ${name}`,
    `Version: ${version}`,
    `Release: ${release}`,
    `Summary: ${staged.summary}`,
    'License: Apache-2.0 AND GPL-3.0-or-later AND GPL-2.0-or-later AND LGPL-2.1-or-later',
    'Group: Development/Tools/Building',
    'AutoReqProv: no',
    ...provides.map((provided) => `Provides: ${provided} = ${evr}`),
    ...staged.requires.map((other) => `Requires: ${rpmNames(other, arch, rpmArch).name} = ${evr}`),
    '',
    '%description',
    `${staged.summary}.`,
    'Host builds of the tools of this build root, which the kernel runs in place of emulated ones.',
    'Removing /emul turns all of it off.',
    'Made from these packages of the distribution:',
    ...staged.donors.map((donor) => `  ${donor}`),
    '',
    '%install',
    `cp --archive --no-target-directory ${quoted(staged.dir)} %{buildroot}`,
    '',
    ...['post', 'posttrans'].flatMap((when) => [`%${when} -p /bin/sh`, SET_TREE_TIME, '']),
    '%postun -p /bin/sh',
    SET_TREE_TIME,
    '',
    '%files',
    '%defattr(-,root,root,-)',
    ...staged.dirs.map((dir) => `%dir "/${dir}"`),
    ...staged.files.map((file) => `"/${escaped(file)}"`),
    '',
  ].join('\n');
}

/** rpm expands macros in a file's name. A `[` of its own, as the program is called, stands for itself. */
function escaped(path: string): string {
  return path.replaceAll('%', '%%');
}

function quoted(path: HostPath): string {
  return `'${escaped(path.replaceAll("'", `'\\''`))}'`;
}
