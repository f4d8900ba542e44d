/** rpm packages, by rpmbuild itself. */
import { promises as fsp } from 'node:fs';
import { rpmNames, provided } from '../../core/package-names.ts';
import { joinHost } from '../../core/paths.ts';
import { buildRpm, escapedForRpm, quotedForRpm } from './rpmbuild.ts';
import { SET_TREE_TIME, scratchDir, type PackedFile, type PackTarget, type StagedPackage } from './staged.ts';

const MACROS: Readonly<Record<string, string>> = {
  clamp_mtime_to_source_date_epoch: '1',
};

/** @param rpmArch what the package's architecture field says: `armv7hl`, or `armv7l` as Tizen writes it. */
export async function packRpm(staged: StagedPackage, target: PackTarget, rpmArch: string): Promise<PackedFile> {
  const { name } = rpmNames(staged.family, staged.arch, rpmArch);
  const scratch = scratchDir(target, staged, 'rpm');
  // Two threads always: their number shows in the bytes.
  const macros = { ...MACROS, _binary_payload: `w${String(target.level)}T2.xzdio` };
  await buildRpm({ name, text: specOf(staged, rpmArch), rpmArch, scratch, macros }, target);
  const path = joinHost(target.out, `${name}-${staged.version}-${staged.release}.${rpmArch}.rpm`);
  const { family, installedBytes } = staged;
  return { path, name, family, installedBytes, sizeBytes: (await fsp.stat(path)).size };
}

function specOf(staged: StagedPackage, rpmArch: string): string {
  const { family, arch, version, release } = staged;
  const names = rpmNames(family, arch, rpmArch);
  const { name } = names;
  const others = staged.standsFor.map((other) => rpmNames(other, arch, rpmArch));
  const provides = provided(names, others);
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
    `cp --archive --no-target-directory ${quotedForRpm(staged.dir)} %{buildroot}`,
    '',
    ...['post', 'posttrans'].flatMap((when) => [`%${when} -p /bin/sh`, SET_TREE_TIME, '']),
    '%postun -p /bin/sh',
    SET_TREE_TIME,
    '',
    '%files',
    '%defattr(-,root,root,-)',
    ...staged.dirs.map((dir) => `%dir "/${dir}"`),
    ...staged.files.map((file) => `"/${escapedForRpm(file)}"`),
    '',
  ].join('\n');
}
