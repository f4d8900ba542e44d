/**
 * A twin that needs a library without twin: does it start anew under the emulator exactly as the emulator would have been
 * started at first, and does it refuse where somebody could tell? The emulator is a program of ours that prints its state.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guestArch } from '../../src/core/arch.ts';
import { encodeIndex } from '../../src/core/index-layout.ts';
import { readElf } from '../../src/core/elf/read.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { withFileSource } from '../../src/os/file-source.ts';
import { guestProgram } from '../support/guest-program.ts';
import { describeNeeding } from '../support/needs.ts';
import { buildShim, makeShimRoot, NATIVE, runInRoot } from '../support/shim-root.ts';
import { tempDir, type TempDir } from '../support/temp.ts';

const PROBE = '/opt/guest/probe';
const LIBRARY = '/opt/guest/fresh.so';
const TWIN = '/emul/opt/guest/known.so';
const EMULATOR = '/usr/local/bin/qemu-shim-test';
/** A place for the emulator: the machine's own /usr is not ours to change. */
const EMULATOR_IN_PLACE = `mount -t tmpfs none "$1/usr/local/bin"; cp "$1/emulator" "$1${EMULATOR}"`;

beforeAll(buildShim);

describeNeeding(['patchelf', 'gcc', 'userns'], 'a twin that must go back to emulation', () => {
  let temp: TempDir;

  beforeAll(async () => {
    temp = await tempDir();
    await makeRoot(temp.dir);
  });
  afterAll(() => temp.dispose());

  const shell = async (script: string, first = EMULATOR_IN_PLACE): Promise<string> => {
    const { stdout } = await runInRoot({ dir: temp.dir, first }, [
      '/bin/bash',
      '-c',
      `{ ${script}\n} 2>&1; echo status $?`,
    ]);
    return stdout.replaceAll(/(socket|pipe):\[\d+\]/g, '$1');
  };

  test('starts as the emulator would have been started at first, whatever it changed of itself', async () => {
    const settings = [
      'cd /usr/lib; umask 027; trap "" INT USR2; exec 5</etc/passwd 7</dev/null </etc/services >/tmp/out',
      'head -c 3 >/dev/null <&5; kill -s CHLD $$; export FIRST=1; ulimit -n 200',
    ].join('\n');
    const direct = await shell(
      `(${settings}\n exec ${EMULATOR} -0 name ${PROBE} disturb ${LIBRARY} "a b" ""); cat /tmp/out`,
    );
    const back = await shell(`(${settings}\n exec -a name /emul${PROBE} disturb ${LIBRARY} "a b" ""); cat /tmp/out`);
    expect(direct).toContain(`<-0> <name> <${PROBE}> <disturb> <${LIBRARY}> <a b> <> \n`);
    expect(direct).toContain('in /usr/lib,');
    expect(direct).toMatch(/^Umask:\t0027$/m);
    expect(direct).toMatch(/^SigIgn:\t0+802$/m);
    expect(back).toBe(direct);
  });

  test.each(['nothing', 'write-nowhere', 'open-only', 'ask', 'cache', 'thread'])(
    'starts anew after `%s`, which nobody sees',
    async (deed) => {
      const shown = await shell(`/emul${PROBE} ${deed} ${LIBRARY} </dev/null`);
      expect(shown).toContain(`<-0> </emul${PROBE}> <${PROBE}> <${deed}>`);
      expect(shown).toMatch(/status 7\n$/);
    },
  );

  test.each([
    ['write', 'it has called write'],
    ['file', 'it has called open'],
    ['stream', 'it has called fopen'],
    ['directory', 'it has called mkdir'],
    ['remove', 'it has called unlink'],
    ['read', 'it has read input'],
    ['scan', 'it has read input'],
    ['close', 'it has called close'],
    ['replace', 'it has called dup2'],
    ['put', 'it has written output'],
    ['fork', 'it has called fork'],
    ['be-child', 'it is a forked process'],
    ['spawn', 'it has called posix_spawn'],
    ['system', 'it has called system'],
    ['signal', 'it has called kill'],
    ['socket', 'it has called socket'],
    ['queue', 'it has called msgget'],
    ['given', 'it has called fdopen'],
    ['format', 'it has called __dprintf_chk'],
  ])('says after `%s` why it cannot: %s', async (deed, why) => {
    const shown = await shell(`printf input | /emul${PROBE} ${deed} ${LIBRARY}`);
    const message =
      `${LIBRARY}: no twin was made of this library, and ${PROBE} cannot start anew under emulation: ` +
      `${why}. Run \`qemu-accel refresh\` on this build root`;
    // On stderr, and as the answer of dlerror.
    expect(shown.split('\n').filter((line) => line === message)).toHaveLength(2);
    expect(shown).toMatch(/status 0\n$/);
    expect(shown).not.toContain('<-0>');
  });

  test('reads its input anew where that is a file', async () => {
    const shown = await shell(`/emul${PROBE} read ${LIBRARY} </etc/passwd`);
    expect(shown).toMatch(/^0 \/etc\/passwd at 0$/m);
  });

  test('starts anew though libfakeroot has asked its daemon', async () => {
    expect(await shell(`FAKEROOTKEY=1 /emul${PROBE} queue ${LIBRARY}`)).toContain('<-0>');
  });

  test('says it where there is no emulator', async () => {
    const shown = await shell(`/emul${PROBE} nothing ${LIBRARY}`, ':');
    expect(shown).toContain('cannot start anew under emulation: there is no emulator for it');
  });

  test('loads the twin of the very library, and goes back for another build of it', async () => {
    await writeIndex(temp.dir);
    expect(await shell(`/emul${PROBE} write /opt/guest/known.so`)).toBe('written\nloaded\nstatus 0\n');
    expect(await shell(`cp /opt/guest/known.so /tmp/copy.so; /emul${PROBE} write /tmp/copy.so`)).toBe(
      'written\nloaded\nstatus 0\n',
    );
    await fsp.appendFile(joinHost(temp.dir, 'opt/guest/known.so'), 'x');
    expect(await shell(`/emul${PROBE} nothing /opt/guest/known.so`)).toContain('<-0>');
    await guest(temp.dir, 'opt/guest/known.so', 'another');
    expect(await shell(`/emul${PROBE} nothing /opt/guest/known.so`)).toContain('<-0>');
  });

  test('tells the emulator that the index names how to sign pointers, and no other one', async () => {
    const script = `/emul${PROBE} nothing ${LIBRARY}`;
    await writeIndex(temp.dir, buildIdOf(joinHost(temp.dir, 'emulator')));
    expect(await shell(script)).toContain('<-cpu> <max,pauth-impdef=on> <-0> ');
    expect(await shell(`export QEMU_CPU=max; ${script}`)).not.toContain('<-cpu>');
    await writeIndex(temp.dir, buildIdOf(joinHost(temp.dir, 'opt/guest/probe')));
    expect(await shell(script)).toMatch(/^<-0> /);
    await writeIndex(temp.dir);
  });

  test('goes back for a twin that does not load', async () => {
    await guest(temp.dir, 'opt/guest/broken.so', 'broken');
    await fsp.writeFile(joinHost(temp.dir, 'emul/opt/guest/broken.so'), 'no library');
    expect(await shell(`/emul${PROBE} nothing /opt/guest/broken.so`)).toContain('<-0>');
  });

  test('goes back for a name that the guest’s loader would have found', async () => {
    await guest(temp.dir, 'opt/guest/libbyname.so.1', 'by name');
    const library = 'LD_LIBRARY_PATH=/nowhere:/opt/guest';
    expect(await shell(`${library} /emul${PROBE} nothing libbyname.so.1`)).toContain('<-0>');
    expect(await shell(`${library} /emul${PROBE} nothing libnobyname.so.1`)).toMatch(
      /^libnobyname\.so\.1: cannot open/,
    );
    expect(await shell(`/emul${PROBE} nothing libbyname.so.1`)).toMatch(/^libbyname\.so\.1: cannot open/);
  });
});

async function makeRoot(dir: HostPath): Promise<void> {
  await makeShimRoot(dir, 'shim_rollback.c', PROBE);
  await fsp.mkdir(joinHost(dir, 'opt/guest'), { recursive: true });
  await fsp.mkdir(joinHost(dir, 'etc'));
  for (const name of ['passwd', 'services']) await fsp.copyFile('/etc/passwd', joinHost(dir, 'etc', name));
  await exec(['gcc', '-O2', '-Wl,--build-id', '-o', joinHost(dir, 'emulator'), `${NATIVE}/test/shim_emulator.c`]);
  await guestProgram(joinHost(dir, 'opt/guest/probe'));
  await guest(dir, 'opt/guest/fresh.so', 'fresh');
  await guest(dir, 'opt/guest/known.so', 'known');
  const library = `${NATIVE}/test/shim_library.c`;
  await exec(['gcc', '-shared', '-fPIC', '-DWHO="twin"', '-o', joinHost(dir, TWIN), library]);
  await fsp.writeFile(joinHost(dir, 'emul/manifest.json'), '{}');
}

/** A library of the guest; each `text` gives another build-id. */
async function guest(dir: HostPath, path: string, text: string): Promise<void> {
  const source = `const char *text = ${JSON.stringify(text)};`;
  await guestProgram(joinHost(dir, path), { source, flags: ['-shared', '-fPIC'] });
}

function buildIdOf(path: HostPath): string {
  return withFileSource(path, (source) => readElf(source).buildId ?? '');
}

async function writeIndex(dir: HostPath, fastPauth = ''): Promise<void> {
  const path = joinHost(dir, 'opt/guest/known.so');
  const buildId = buildIdOf(path);
  const { size } = await fsp.stat(path);
  const record = { key: { kind: 'build-id', buildId }, twin: TWIN, guestSizeBytes: size } as const;
  await fsp.writeFile(joinHost(dir, 'emul/index'), encodeIndex(guestArch('arm64'), [record], { fastPauth }));
}
