/** Two small packs and a small root to try `pack` with: the whole set differs in nothing but size, and is what takes the time. */
import { promises as fsp } from 'node:fs';
import { expect } from 'vitest';
import type { PackedFile } from '../../src/adapters/pack/staged.ts';
import { pack, type Packed, type PackFormat } from '../../src/app/pack.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { sha256OfFile } from '../../src/os/hash-file.ts';
import { makePackageRoot } from './package-root.ts';
import { testRoot } from './roots.ts';
import { tempDir } from './temp.ts';

const MAIN_PACK = `
name = "small"
about = "a few programs"
ships-in = "qemu-accel"
[[programs]]
packages = ["sed", "dash"]
[[programs]]
packages = ["coreutils"]
paths = ["/usr/bin/[[]"]
`;
const OTHER_PACK = `
name = "packers"
about = "a packer with a library of its own"
[[programs]]
packages = ["xz-utils"]
`;
/** A root that configures itself: what dpkg needs. */
export const SMALL = [
  'base-files',
  'base-passwd',
  'coreutils',
  'dash',
  'diffutils',
  'dpkg',
  'libc-bin',
  'mawk',
  'sed',
  'tar',
];

/** Of compression: less than people get, and a minute less. */
export const FAST = 1;

export interface PackBench {
  readonly dir: HostPath;
  readonly root: HostPath;
  /** The pack that ships in the main package, alone. */
  readonly mainPack: readonly HostPath[];
  /** Into the directory of that name. */
  readonly packed: (format: PackFormat, name: string) => Promise<Packed>;
  /** Packed once for all tests, into `<format>-1`: twice, which gives the same bytes. */
  readonly packagesAs: (format: PackFormat) => Promise<readonly PackedFile[]>;
  readonly dispose: () => Promise<unknown>;
}

export async function makePackBench(): Promise<PackBench> {
  const { dir } = await tempDir();
  const root = joinHost(dir, 'root');
  await fsp.mkdir(root, { mode: 0o755 });
  await makePackageRoot(await testRoot(), root, [...SMALL, 'xz-utils']);
  const [main, other] = [joinHost(dir, 'small.toml'), joinHost(dir, 'packers.toml')];
  await fsp.writeFile(main, MAIN_PACK);
  await fsp.writeFile(other, OTHER_PACK);
  const packed = (format: PackFormat, name: string): Promise<Packed> =>
    pack({ root, format, packs: [main, other], out: joinHost(dir, name), level: FAST });
  const made = new Map<PackFormat, Promise<readonly PackedFile[]>>();
  const packagesAs = (format: PackFormat): Promise<readonly PackedFile[]> => {
    const packages = made.get(format) ?? packedTwice(packed, format);
    made.set(format, packages);
    return packages;
  };
  const dispose = (): Promise<unknown> => exec(['rm', '-rf', '--one-file-system', dir]);
  return { dir, root, mainPack: [main], packed, packagesAs, dispose };
}

async function packedTwice(packed: PackBench['packed'], format: PackFormat): Promise<readonly PackedFile[]> {
  const [one, two] = [await packed(format, `${format}-1`), await packed(format, `${format}-2`)];
  const sums = (of: Packed): Promise<string[]> => Promise.all(of.packages.map(({ path }) => sha256OfFile(path)));
  expect(await sums(two)).toEqual(await sums(one));
  for (const { path, sizeBytes } of one.packages) expect(sizeBytes).toBe((await fsp.stat(path)).size);
  return one.packages;
}
