/** A root whose apt configuration names a local archive alone, and a cache of its own: for tests of what apt fetches. */
import { promises as fsp } from 'node:fs';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { startArchive, type AptArchive } from './apt-archive.ts';
import { tempDir } from './temp.ts';

/** Inside the root. */
const KEYRING = '/usr/share/keyrings/test.gpg';

export interface AptRoot {
  readonly root: HostPath;
  /** Holds the root, `cache` and what the archive keeps in `www`. */
  readonly dir: HostPath;
  readonly archive: AptArchive;
  readonly writeSources: (text: string) => Promise<void>;
  readonly dispose: () => Promise<void>;
}

/** Nothing is published yet. Until `dispose`, QEMU_ACCEL_CACHE of this process names `cache` in the directory. */
export async function aptRoot(): Promise<AptRoot> {
  const temp = await tempDir();
  const root = joinHost(temp.dir, 'root');
  process.env['QEMU_ACCEL_CACHE'] = joinHost(temp.dir, 'cache');
  process.env['no_proxy'] = '127.0.0.1';
  const archive = await startArchive(temp.dir);
  await fsp.mkdir(joinHost(root, 'etc/apt/sources.list.d'), { recursive: true });
  await fsp.mkdir(joinHost(root, 'usr/share/keyrings'), { recursive: true });
  await fsp.copyFile(archive.keyring, joinHost(root, KEYRING));
  const writeSources = (text: string): Promise<void> =>
    fsp.writeFile(joinHost(root, 'etc/apt/sources.list.d/test.list'), `${text}\n`);
  await writeSources(`deb [signed-by=${KEYRING}] ${archive.url} test main`);
  const dispose = async (): Promise<void> => {
    delete process.env['QEMU_ACCEL_CACHE'];
    await archive.stop();
    await temp.dispose();
  };
  return { root, dir: temp.dir, archive, writeSources, dispose };
}
