/**
 * obs-build of a spec as armv7l, in a root of Debian's armhf programs: with the real twins of the compiler, and with a pack that
 * the spec asks for by the name that existing specs use, whether this guest's python has twins or not.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { obsBuild } from '../../src/app/obs-build/build.ts';
import { KINDS, writeProjectConfig } from '../../src/app/obs-build/project-config.ts';
import { makeRepository } from '../../src/app/obs-build/repository.ts';
import { TRIAL_TARGETS } from '../../src/app/obs-build/trial-target.ts';
import { pack } from '../../src/app/pack.ts';
import { guestArch } from '../../src/core/arch.ts';
import { hostPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { describeNeeding } from '../support/needs.ts';
import { testRoot } from '../support/roots.ts';
import { tempDir, type TempDir } from '../support/temp.ts';

const SOURCES = hostPath(`${import.meta.dirname}/../support/sources/obs-compile`);
const NEEDS = ['root', 'obs-build', 'binfmt', 'qemu-arm', '32-bit', 'rpmbuild', 'mirror', 'patchelf', 'dpkg'] as const;

let temp: TempDir;

function at(...names: readonly string[]): HostPath {
  return joinHost(temp.dir, ...names);
}

describeNeeding(NEEDS, 'obs-build as armv7l', () => {
  beforeAll(async () => {
    temp = await tempDir();
    const guest = await testRoot('armhf-tools');
    await fsp.cp(SOURCES, at('obs-compile'), { recursive: true });
    await pack({
      ...{ root: guest, format: 'rpm', rpmArch: 'armv7l', level: 1, out: at('accel') },
      packs: ['base', 'toolchain', 'python'],
    });
    const request = { root: guest, out: at('debian'), rpmArch: 'armv7l', onProgress: () => undefined };
    await makeRepository({ ...request, packages: ['gcc'] });
    const preinstalled = await makeRepository({ ...request, packages: KINDS.spec.preinstalled });
    const lines = TRIAL_TARGETS.find(({ obsArch }) => obsArch === 'armv7l')?.specLines ?? [];
    await writeProjectConfig(at('project.conf'), 'spec', { preinstalled, required: [], lines });
  });
  afterAll(() => exec(['rm', '-rf', '--one-file-system', temp.dir]));

  test('the compiler runs as a twin, and makes the guest’s objects', async () => {
    const { log, packages } = await obsBuild({
      ...{ arch: guestArch('armhf'), obsArch: 'armv7l', root: at('root'), config: at('project.conf') },
      ...{ repositories: [at('debian'), at('accel')], recipe: at('obs-compile', 'obs-compile.spec') },
    });
    expect(log).toMatch(/\] armv7l\n/);
    expect(log).toMatch(/Class: +ELF32\n[^]*Machine: +ARM\n/);
    expect(log).toMatch(/gcc is run by \/usr\/bin\/\S*gcc\S*\n/);
    expect(packages.map((path) => path.split('/').at(-1))).toEqual([
      'obs-compile-1-1.armv7l.rpm',
      'obs-compile-1-1.src.rpm',
    ]);
  });
});
