/** Files of a build root, as its distribution's packages have them, packed as rpm: for build roots of rpm packages. */
import { promises as fsp } from 'node:fs';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { buildRpm, escapedForRpm, quotedForRpm } from './rpmbuild.ts';
import type { PackTarget } from './staged.ts';

export interface RepackedFile {
  readonly path: string;
  readonly kind: 'directory' | 'file' | 'link';
  readonly mode: number;
  readonly user: string;
  readonly group: string;
}

export interface RepackedPackage {
  readonly name: string;
  readonly epoch?: string;
  readonly version: string;
  readonly release: string;
  /** Of the guest; or `noarch`. */
  readonly arch: string;
  readonly summary: string;
  readonly requires: readonly string[];
  readonly provides: readonly string[];
  /** Where the files are taken from. */
  readonly root: HostPath;
  readonly files: readonly RepackedFile[];
  /** A directory with more files, laid out as in the root: world-readable and root's own. */
  readonly overlay?: { readonly dir: HostPath; readonly files: readonly string[] };
}

const MACROS: Readonly<Record<string, string>> = {
  // Quick to write, and quick to read under emulation: such packages live for one build.
  _binary_payload: 'w1.gzdio',
  // Debian has programs in packages for all architectures: for others, to be looked into.
  _binaries_in_noarch_packages_terminate_build: '0',
};

/** The name of the file that {@link repackAsRpm} writes. */
export function repackedFileName({ name, version, release, arch }: RepackedPackage): string {
  return `${name}-${version}-${release}.${arch}.rpm`;
}

/** @param rpmArch the guest's. */
export async function repackAsRpm(
  repacked: RepackedPackage,
  target: Omit<PackTarget, 'level'>,
  rpmArch: string,
): Promise<void> {
  const scratch = joinHost(target.scratch, `repack-${repacked.name}`);
  const list = joinHost(scratch, 'list');
  await fsp.mkdir(scratch, { recursive: true });
  await fsp.writeFile(list, repacked.files.map(({ path }) => `.${path}\0`).join(''));
  try {
    const text = repackSpec(repacked, list);
    await buildRpm({ name: repacked.name, text, rpmArch, scratch, macros: MACROS }, target);
  } finally {
    await fsp.rm(scratch, { recursive: true, force: true });
  }
}

function repackSpec(repacked: RepackedPackage, list: HostPath): string {
  const { name, epoch, version, release, arch, summary, overlay } = repacked;
  return [
    `Name: ${name}`,
    ...(epoch === undefined ? [] : [`Epoch: ${epoch}`]),
    `Version: ${version}`,
    `Release: ${release}`,
    `Summary: ${escapedForRpm(summary)}`,
    'License: see its documentation',
    'Group: Unspecified',
    'AutoReqProv: no',
    ...(arch === 'noarch' ? ['BuildArch: noarch'] : []),
    ...repacked.provides.map((one) => `Provides: ${one}`),
    ...repacked.requires.map((one) => `Requires: ${one}`),
    '',
    '%description',
    'A package of Debian, packed as rpm. Its maintainer scripts are not in it.',
    '',
    '%install',
    'mkdir -p %{buildroot}',
    `tar --create --directory ${quotedForRpm(repacked.root)} --no-recursion --null --files-from ${quotedForRpm(list)} |`,
    '  tar --extract --directory %{buildroot} --preserve-permissions',
    ...(overlay === undefined ? [] : [`cp --recursive ${quotedForRpm(overlay.dir)}/. %{buildroot}`]),
    '',
    '%files',
    ...repacked.files.map(fileLine),
    ...(overlay?.files ?? []).map((path) => `%attr(0644,root,root) "${escapedForRpm(path)}"`),
    '',
  ].join('\n');
}

/** A link's mode is not kept: `-`. */
function fileLine({ path, kind, mode, user, group }: RepackedFile): string {
  const bits = kind === 'link' ? '-' : mode.toString(8).padStart(4, '0');
  return `%attr(${bits},${user},${group}) ${kind === 'directory' ? '%dir ' : ''}"${escapedForRpm(path)}"`;
}
