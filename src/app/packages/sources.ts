/** Where the sources come from: the archive, and for kinds of package that a partial mirror may lack scripts/sources. */
import { createHash } from 'node:crypto';
import { promises as fsp } from 'node:fs';
import { fetchSourcePackages, type SourceMissing } from '../../adapters/donor/source-package.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { withErrno } from '../../os/fs.ts';
import { projectPath } from '../../os/project.ts';
import { ARCH, SUITE } from './root.ts';
import type { PackageRow } from './table.ts';

/** A source that is ready to be unpacked in a build root. */
export interface BuildSource {
  readonly name: string;
  readonly version: string;
  readonly dir: HostPath;
  /** Paths below `dir`. */
  readonly files: readonly string[];
  /** A shell command that makes the directory `build` of the directory `source`, which holds these files. */
  readonly unpack: string;
  /** Changes when any of the files does. */
  readonly sha256: string;
}

export type BuildSourceAnswer = { readonly kind: 'found'; readonly source: BuildSource } | SourceMissing;

/** An answer for every row, by its name. */
export async function findSources(
  root: HostPath,
  rows: readonly PackageRow[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, BuildSourceAnswer>> {
  const answers = new Map<string, BuildSourceAnswer>();
  const names = rows.filter((row) => row.isOurs !== true).map((row) => row.name);
  for (const [name, answer] of await fetchSourcePackages({ root, arch: ARCH, suite: SUITE }, names, signal)) {
    if (answer.kind === 'missing') answers.set(name, answer);
    else {
      const unpack = `dpkg-source --extract source/${answer.source.files[0]} build`;
      answers.set(name, { kind: 'found', source: { ...answer.source, unpack } });
    }
  }
  for (const { name, isOurs } of rows) {
    if (isOurs === true) answers.set(name, { kind: 'found', source: await readOwnSource(name) });
  }
  return answers;
}

async function readOwnSource(name: string): Promise<BuildSource> {
  const dir = projectPath('scripts', 'sources', name);
  return withErrno(`read the source of ${name}`, async () => {
    const entries = await fsp.readdir(dir, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => joinHost(entry.parentPath as HostPath, entry.name));
    const hash = createHash('sha256');
    for (const path of paths.sort()) hash.update(`${path.slice(dir.length)}\n`).update(await fsp.readFile(path));
    const changes = await fsp.readFile(joinHost(dir, 'debian', 'changelog'), 'utf8');
    return {
      name,
      version: /\(([^)]*)\)/.exec(changes)?.[1] ?? '',
      dir,
      files: paths.map((path) => path.slice(dir.length + 1)),
      unpack: 'cp --recursive source build',
      sha256: hash.digest('hex'),
    };
  });
}
