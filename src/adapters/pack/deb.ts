/** Debian packages, by dpkg-deb itself. */
import { promises as fsp } from 'node:fs';
import { dirname } from 'node:path/posix';
import { gzipSync } from 'node:zlib';
import { debNames, provided } from '../../core/package-names.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { lintianOverrides } from './lintian.ts';
import {
  PACK_TIMEOUT_MS,
  SET_TREE_TIME,
  scratchDir,
  type PackedFile,
  type PackTarget,
  type StagedPackage,
} from './staged.ts';

const MAINTAINER = 'qemu-accel developers <qemu-accel@localhost.localdomain>';

/** `<name>_<version>-<release>_<arch>.deb` */
export async function packDeb(staged: StagedPackage, target: PackTarget): Promise<PackedFile> {
  const { family, arch, version, release, installedBytes } = staged;
  const { name } = debNames(family, arch);
  const tree = scratchDir(target, staged, 'deb');
  await exec(['cp', '--archive', '--reflink=auto', '--no-target-directory', staged.dir, tree]);
  for (const [path, content] of ownFiles(staged, name)) await place(tree, path, content, target.epoch);
  await place(tree, 'DEBIAN/md5sums', await md5sums(tree), target.epoch);
  for (const script of ['postinst', 'postrm']) {
    await place(tree, `DEBIAN/${script}`, `#!/bin/sh\nset -e\n${SET_TREE_TIME}\n`, target.epoch);
    await fsp.chmod(joinHost(tree, 'DEBIAN', script), 0o755);
  }
  const path = joinHost(target.out, `${name}_${version}-${release}_${arch.name}.deb`);
  const how = ['--root-owner-group', '-Zxz', `-z${String(target.level)}`, '--threads-max=2'];
  await exec(['dpkg-deb', ...how, '--build', tree, path], {
    env: { SOURCE_DATE_EPOCH: String(target.epoch) },
    timeoutMs: PACK_TIMEOUT_MS,
  });
  return { path, name, family, installedBytes, sizeBytes: (await fsp.stat(path)).size };
}

function ownFiles(staged: StagedPackage, name: string): [path: string, content: string | Buffer][] {
  return [
    ['DEBIAN/control', controlOf(staged)],
    [`usr/share/doc/${name}/copyright`, copyrightOf(staged)],
    [`usr/share/doc/${name}/changelog.Debian.gz`, gzipSync(changelogOf(staged, name), { level: 9 })],
    [`usr/share/lintian/overrides/${name}`, lintianOverrides(staged.family, name)],
  ];
}

async function place(tree: HostPath, path: string, content: string | Buffer, epoch: number): Promise<void> {
  const file = joinHost(tree, path);
  await fsp.mkdir(dirname(file), { recursive: true });
  await fsp.writeFile(file, content);
  await fsp.utimes(file, epoch, epoch);
}

function controlOf(staged: StagedPackage): string {
  const { family, requires, arch, version, release, summary, installedBytes } = staged;
  const names = debNames(family, arch);
  const { name } = names;
  const others = staged.standsFor.map((other) => debNames(other, arch));
  const provides = provided(names, others);
  const evr = `${version}-${release}`;
  const depends = requires.map((other) => `${debNames(other, arch).name} (= ${evr})`).join(', ');
  return [
    `Package: ${name}`,
    `Version: ${evr}`,
    `Architecture: ${arch.name}`,
    `Maintainer: ${MAINTAINER}`,
    `Installed-Size: ${String(Math.ceil(installedBytes / 1024))}`,
    'Section: devel',
    'Priority: optional',
    ...(provides.length === 0 ? [] : [`Provides: ${provides.map((one) => `${one} (= ${evr})`).join(', ')}`]),
    ...(depends === '' ? [] : [`Depends: ${depends}`]),
    `Description: ${summary}`,
    ' Host builds of the tools of a build root, which the kernel runs in place of',
    ' emulated ones. Removing /emul turns all of it off.',
    '',
  ].join('\n');
}

function copyrightOf(staged: StagedPackage): string {
  return [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/',
    'Upstream-Name: qemu-accel',
    'Comment: The programs and libraries below /emul are those of these packages of the',
    ' distribution, with the guest’s strings and another library path; their',
    ' copyright files and their source packages are the distribution’s own:',
    ...staged.donors.map((donor) => `  ${donor}`),
    '',
    'Files: *',
    'Copyright: 2026 the authors of qemu-accel and of the packages named above',
    'License: Apache-2.0',
    ' On Debian systems, the text of the Apache License, version 2.0, is in',
    ' /usr/share/common-licenses/Apache-2.0.',
    '',
  ].join('\n');
}

function changelogOf({ version, release }: StagedPackage, name: string): string {
  return [
    `${name} (${version}-${release}) unstable; urgency=medium`,
    '',
    '  * Made by qemu-accel pack.',
    '',
    ` -- ${MAINTAINER}  Tue, 01 Jan 1980 00:00:00 +0000`,
    '',
  ].join('\n');
}

/** What dpkg --verify compares with. */
async function md5sums(tree: HostPath): Promise<string> {
  const found = await exec(['find', '.', '-path', './DEBIAN', '-prune', '-o', '-type', 'f', '-printf', '%P\\0'], {
    cwd: tree,
  });
  const sums = await exec(['xargs', '-0', 'md5sum'], { cwd: tree, input: found.stdout });
  return sums.stdout
    .split('\n')
    .filter((line) => line !== '')
    .sort((a, b) => (a.slice(34) < b.slice(34) ? -1 : 1))
    .map((line) => `${line}\n`)
    .join('');
}
