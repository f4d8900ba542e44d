/** Debian packages, made in the test with the real dpkg-deb. */
import { promises as fsp } from 'node:fs';
import { dirname } from 'node:path';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';

export interface DebSpec {
  readonly name: string;
  readonly version: string;
  readonly arch?: string;
  /** Absolute path -> content; executable. */
  readonly files?: Readonly<Record<string, string>>;
  readonly setuid?: readonly string[];
  /** DEBIAN/md5sums, deb-md5sums(5); default: none. */
  readonly md5sums?: string;
}

/** Builds a package in `dir` and returns its file. */
export async function makeDeb(dir: HostPath, spec: DebSpec): Promise<HostPath> {
  const arch = spec.arch ?? 'amd64';
  const tree = joinHost(dir, `.tree-${spec.name}-${spec.version.replaceAll(':', '_')}`);
  await writeTree(joinHost(tree, 'DEBIAN/control'), control(spec, arch), 0o644);
  if (spec.md5sums !== undefined) await writeTree(joinHost(tree, 'DEBIAN/md5sums'), spec.md5sums, 0o644);
  for (const [path, content] of Object.entries(spec.files ?? {})) {
    await writeTree(joinHost(tree, path), content, spec.setuid?.includes(path) === true ? 0o4755 : 0o755);
  }
  const deb = joinHost(dir, `${spec.name}_${spec.version.replaceAll(':', '%3a')}_${arch}.deb`);
  await exec(['dpkg-deb', '--root-owner-group', '-Znone', '--build', tree, deb]);
  await fsp.rm(tree, { recursive: true });
  return deb;
}

async function writeTree(path: HostPath, content: string, mode: number): Promise<void> {
  await fsp.mkdir(dirname(path), { recursive: true });
  await fsp.writeFile(path, content);
  await fsp.chmod(path, mode);
}

function control({ name, version }: DebSpec, arch: string): string {
  return `Package: ${name}\nVersion: ${version}\nArchitecture: ${arch}\nMaintainer: Nobody <nobody@example.org>\nDescription: a test\n`;
}
