/**
 * obs-build, the engine of OBS and gbs, as a person would use it: rpm packages of Debian's own arm64 programs, our packages
 * beside them, a project configuration that installs the accelerator first, and a spec that asks for a pack by the name that
 * existing specs use. Few programs, so that few twins must be made and packed.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SWITCH_OFF, writeSwitchOff } from '../../src/adapters/pack/switch-off.ts';
import { obsBuild, type ObsBuilt } from '../../src/app/obs-build/build.ts';
import { KINDS, writeProjectConfig } from '../../src/app/obs-build/project-config.ts';
import { makeRepository } from '../../src/app/obs-build/repository.ts';
import { pack } from '../../src/app/pack.ts';
import { guestArch } from '../../src/core/arch.ts';
import { hostPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { sha256OfFile } from '../../src/os/hash-file.ts';
import { describeNeeding } from '../support/needs.ts';
import { testRoot } from '../support/roots.ts';
import { tempDir, type TempDir } from '../support/temp.ts';

const SOURCES = hostPath(`${import.meta.dirname}/../support/sources`);
const MAIN_PACK = `
name = "few"
about = "what the spec of this test runs most"
ships-in = "qemu-accel"
[[programs]]
packages = ["coreutils", "dash", "sed"]
`;
/** The names are what counts here: their packages are those that specs ask for. */
const CLANG_PACK = `
name = "clang"
about = "a program for the clang package"
[[programs]]
packages = ["diffutils"]
`;
const PYTHON_PACK = `
name = "python"
about = "a program for the python package"
[[programs]]
packages = ["grep"]
`;
const NEEDS = ['root', 'obs-build', 'binfmt', 'qemu-aarch64', 'rpmbuild', 'mirror', 'patchelf', 'dpkg'] as const;

let temp: TempDir;
let guest: HostPath;

function at(...names: readonly string[]): HostPath {
  return joinHost(temp.dir, ...names);
}

async function build(...extra: readonly string[]): Promise<ObsBuilt> {
  return obsBuild({
    ...{ arch: guestArch('arm64'), obsArch: 'aarch64', root: at('root'), config: at('project.conf') },
    ...{ repositories: [at('debian'), at('accel')], recipe: at('obs-probe', 'obs-probe.spec'), extra },
  });
}

function sums({ packages }: ObsBuilt): Promise<string[]> {
  return Promise.all(packages.map((path) => sha256OfFile(path)));
}

describeNeeding(NEEDS, 'obs-build of a spec', () => {
  beforeAll(async () => {
    [temp, guest] = [await tempDir(), await testRoot('trixie-arm64-builds')];
    await fsp.writeFile(at('few.toml'), MAIN_PACK);
    await fsp.writeFile(at('python.toml'), PYTHON_PACK);
    await fsp.writeFile(at('clang.toml'), CLANG_PACK);
    await fsp.cp(joinHost(SOURCES, 'obs-probe'), at('obs-probe'), { recursive: true });
    await pack({
      root: guest,
      format: 'rpm',
      packs: [at('few.toml'), at('python.toml'), at('clang.toml'), 'packaging'],
      level: 1,
      out: at('accel'),
    });
    await writeSwitchOff('rpm', { out: at('accel'), scratch: temp.dir, epoch: 0 });
    const request = { root: guest, out: at('debian'), packages: KINDS.spec.preinstalled, rpmArch: 'aarch64' };
    const preinstalled = await makeRepository({ ...request, onProgress: () => undefined });
    await writeProjectConfig(at('project.conf'), 'spec', { preinstalled, required: [] });
  });
  afterAll(() => exec(['rm', '-rf', '--one-file-system', temp.dir]));

  test('it is accelerated, and without /emul, removed while the root is prepared, emulated with the same packages', async () => {
    const accelerated = await build();
    expect(accelerated.log).toContain('+ uname -m');
    expect(accelerated.log).toContain('installing python-accel-aarch64-0.1.0-1');
    expect(accelerated.log).toContain('installing clang-accel-aarch64-0.1.0-1');
    // What readlink(1), a twin too, says of the shell, another one.
    expect(accelerated.log).toContain('] /usr/bin/dash\n');
    expect(accelerated.packages.map((path) => path.split('/').at(-1))).toEqual([
      'obs-probe-1-1.aarch64.rpm',
      'obs-probe-1-1.src.rpm',
    ]);
    const bytes = await sums(accelerated);
    const emulated = await build(SWITCH_OFF);
    expect(await fsp.readdir(at('root'))).not.toContain('emul');
    expect(emulated.log).toMatch(/\] \S*qemu-aarch64\S*\n/);
    expect(await sums(emulated)).toEqual(bytes);
  });

  test('what the build has seen', async () => {
    const files = at('root/home/abuild/rpmbuild/RPMS/aarch64/obs-probe-1-1.aarch64.rpm');
    await exec(['sh', '-c', 'cd "$1" && rpm2cpio "$2" | bsdtar -xf -', 'sh', temp.dir, files]);
    const said = (name: string): Promise<string> => fsp.readFile(at('usr/share/obs-probe', name), 'utf8');
    expect(await said('machine')).toBe('aarch64\n');
    expect(await said('emulation')).toBe('1\n');
  });
});
