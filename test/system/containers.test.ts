/**
 * The image of `pack --format oci`, run by an ordinary user with the container tools of the distribution. The dispatcher is
 * registered with flag F in a table of the test's own; a container brings none, and finds that of the machine around it.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pack } from '../../src/app/pack.ts';
import { INDEX, withIndexFlags } from '../../src/core/index-layout.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { machine, type Said } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';
import { makePackageRoot } from '../support/package-root.ts';
import { testRoot } from '../support/roots.ts';
import { tempDir, type TempDir } from '../support/temp.ts';
import { readTraceFile } from '../support/two-sides.ts';
import { asOrdinaryUser, USER } from '../support/user.ts';

const PACK = `
name = "few"
about = "what the containers of this test run"
ships-in = "qemu-accel"
[[programs]]
packages = ["coreutils", "dash", "sed"]
[[programs]]
packages = ["xz-utils"]
`;
const HOW =
  'sleep 1 & until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done; echo "as $(readlink /proc/$!/exe)" >&2; wait';
/** Says how sleep runs, and gives answers that do not depend on it. */
const SCRIPT = `${HOW}
uname -m; arch; id -u; seq 3 | sed 's/2/two/' | xz -9 | sha256sum; ls -l /usr/bin/sed /bin; printf '%s ' "$0" a 'b  c'; false; echo $?`;
/** The emulator alone, as distributions register it. */
const EMULATED = String.raw`binfmt unregister arm64 >&2
emulator=$(command -v qemu-aarch64-static || command -v qemu-aarch64)
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
printf %s ":plain:M::$magic:$mask:$emulator:POF" >$table/register`;
// A machine may have controllers in both hierarchies, which crun does not support: what it sees here is the second alone.
const PRELUDE = 'mount_table && unshare --cgroup mount -t cgroup2 cgroup2 /sys/fs/cgroup && binfmt register arm64 >&2';
// What an ordinary user has not in a namespace: systemd, a network, file systems for layers.
const PODMAN = [
  ...['podman', '--storage-driver=vfs', '--cgroup-manager=cgroupfs', '--events-backend=none', '--runtime=crun'],
];
const LIMITS = ['--rm', '--network=none', '--cgroups=disabled'];
const NEEDS = ['root', 'binfmt', 'qemu-aarch64', 'patchelf', 'podman', 'crun', 'umoci', 'subuid'] as const;

let temp: TempDir;
let files = 0;

/** As words of a shell that root of the test's machine runs: `argv`, by an ordinary user with a home and subordinate ids. */
async function byUser(argv: readonly string[]): Promise<string> {
  const [home, dir] = [joinHost(temp.dir, 'home'), joinHost(temp.dir, `user-${String((files += 1))}`)];
  await fsp.mkdir(dir);
  const env = [`HOME=${home}`, `XDG_RUNTIME_DIR=${home}/run`, 'PATH=/usr/bin:/bin:/usr/sbin:/sbin'];
  const words = await asOrdinaryUser(dir, ['env', '-C', temp.dir, ...env, ...argv]);
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}

interface Config {
  readonly process: { readonly terminal: boolean; readonly args: readonly string[] };
}

interface Run {
  readonly how: string;
  readonly answers: string;
}

function runOf({ status, stdout, stderr }: Said): Run {
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.any(String) as string });
  return { how: /^as (.*)$/m.exec(stderr)?.[1] ?? stderr, answers: stdout };
}

async function expectSame(command: readonly string[]): Promise<void> {
  const words = await byUser(command);
  const accelerated = runOf(await machine(`${PRELUDE} && ${words}`));
  const emulated = runOf(await machine(`${PRELUDE} && { ${EMULATED}; } && ${words}`));
  expect(accelerated.how).toBe('/usr/bin/sleep');
  expect(emulated.how).toMatch(/qemu-aarch64/);
  expect(accelerated.answers).toContain('aarch64\naarch64\n');
  expect(accelerated).toEqual({ ...accelerated, answers: emulated.answers });
}

describeNeeding(NEEDS, 'an image of ours', () => {
  beforeAll(async () => {
    temp = await tempDir();
    await fsp.chmod(temp.dir, 0o755);
    const [root, home, packFile] = ['root', 'home', 'few.toml'].map((name) => joinHost(temp.dir, name)) as [
      HostPath,
      HostPath,
      HostPath,
    ];
    for (const dir of [root, home, joinHost(home, 'run')]) await fsp.mkdir(dir, { mode: 0o755 });
    for (const dir of [home, joinHost(home, 'run')]) await fsp.chown(dir, USER.uid, USER.uid);
    await fsp.writeFile(packFile, PACK);
    await makePackageRoot(await testRoot(), root, ['base-files', 'coreutils', 'dash', 'sed', 'xz-utils']);
    await pack({ root, format: 'oci', packs: [packFile], out: joinHost(temp.dir, 'image') });
  });
  afterAll(async () => {
    await exec(['rm', '-rf', '--one-file-system', temp.dir]);
  });

  test('podman: a container’s programs run as twins, with the answers of emulated ones', async () => {
    await expectSame([...PODMAN, 'run', ...LIMITS, '--platform=linux/arm64', 'oci:image:latest', 'sh', '-c', SCRIPT]);
  });

  test('podman build: the layers of the packages, copied over a root that has none', async () => {
    await exec(['tar', '-cf', joinHost(temp.dir, 'plain.tar'), '-C', joinHost(temp.dir, 'root'), '.']);
    const lines = ['FROM oci:image:accel AS accel', 'FROM localhost/plain', 'COPY --from=accel / /', `RUN ${HOW}`];
    await fsp.writeFile(joinHost(temp.dir, 'Containerfile'), `${lines.join('\n')}\n`);
    const words = [
      await byUser([...PODMAN, 'import', '--arch=arm64', 'plain.tar', 'localhost/plain']),
      await byUser([...PODMAN, 'build', '--network=none', '--file=Containerfile', 'home']),
    ];
    expect(runOf(await machine(`${PRELUDE} && ${words.join(' && ')}`)).how).toBe('/usr/bin/sleep');
  });

  test('crun: a bundle that umoci has unpacked', async () => {
    const unpack = ['umoci', 'unpack', '--rootless', '--image', 'image:latest', 'home/bundle'];
    expect(await machine(await byUser(unpack))).toMatchObject({ status: 0 });
    const bundle = joinHost(temp.dir, 'home/bundle');
    const config = JSON.parse(await fsp.readFile(joinHost(bundle, 'config.json'), 'utf8')) as Config;
    Object.assign(config.process, { terminal: false, args: ['sh', '-c', SCRIPT] });
    await fsp.writeFile(joinHost(bundle, 'config.json'), JSON.stringify(config));
    const index = joinHost(bundle, 'rootfs/emul/index');
    await fsp.writeFile(index, withIndexFlags(await fsp.readFile(index), INDEX.headerFlags.trace));
    await expectSame(['crun', '--cgroup-manager=disabled', 'run', '--bundle=home/bundle', 'qemu-accel-test']);
    const trace = await readTraceFile(joinHost(bundle, 'rootfs/emul/trace'));
    expect(trace.filter(({ how }) => how !== 'accelerated')).toEqual([]);
    expect(trace.length).toBeGreaterThan(10);
  });
});
