/** `verify`: both sides in copies of the root, and every way in which they can differ. */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readManifest } from '../../src/adapters/emul/read-tree.ts';
import { audit } from '../../src/app/audit.ts';
import { verify } from '../../src/app/verify.ts';
import type { CommandVerification } from '../../src/app/verify/command.ts';
import { hostPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { acceleratedRoot } from '../support/accelerated-root.ts';
import { describeNeeding } from '../support/needs.ts';
import { testRoot, type RootCopy } from '../support/roots.ts';
import { makeSandboxRoot } from '../support/sandbox-root.ts';
import { tempDir, type TempDir } from '../support/temp.ts';
import { asOrdinaryUser, USER } from '../support/user.ts';

const BIN = hostPath(`${import.meta.dirname}/../../bin/qemu-accel`);
/** Stands in for the twin of uname, and gives itself away in every way that there is. */
const BAD_TWIN = `
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void) {
  puts("x86_64");
  fputs("host\\n", stderr);
  fputs("host", fopen("/root/content", "w"));
  chmod("/root/mode", 0600);
  chown("/root/owner", 33, 33);
  symlink("host", "/root/link");
  unlink("/root/gone");
  mkdir("/root/only", 0755);
  close(creat("/root/only/below", 0644));
  return 3;
}`;
const LEAKING = `#include <stdio.h>
int main(void) { return puts("built for x86_64-linux-gnu") + puts("/emul/usr/bin/tac"); }`;
const ARRANGE = 'cd /root; touch mode owner gone; echo guest >content;';

let copy: RootCopy;
let temp: TempDir;

describeNeeding(['binfmt', 'qemu-aarch64', 'gcc'], 'verify and audit', () => {
  beforeAll(async () => {
    copy = await acceleratedRoot();
    temp = await tempDir();
  });
  afterAll(async () => {
    await temp.dispose();
    await copy.dispose();
  });

  test('finds no difference where there is none, and leaves the root alone', async () => {
    const before = await listing(copy.root);
    const script = `uname -a; id; rm -r /usr/share/doc/bash; mkdir /usr/share/doc/bash; chown 33:33 /etc/group
      ln -s a /root/link; ln /etc/hostname /root/hard; touch -d @0 /root/old; echo x >>/etc/passwd; exit 7`;
    const result = await check(['sh', '-c', script]);
    expect(result).toMatchObject({ differences: [], unreproducible: [], status: { emulated: 7, accelerated: 7 } });
    expect(result.changedFiles).toBeGreaterThan(4);
    expect(await listing(copy.root)).toBe(before);
  });

  test('asks twins and emulated programs the built-in questions', async () => {
    const only = ['bash: its machine', 'perl: configuration', '/usr/bin/sed', '/usr/bin/make', '/usr/bin/dpkg '];
    const options = { root: copy.root, command: [], signal: new AbortController().signal, onProgress: () => undefined };
    // Its answer is the directory that it is asked in: alone, from the cache, among others.
    expect(await verify({ ...options, only: ['/usr/bin/pwd'] })).toMatchObject({ differences: [], unreproducible: [] });
    const result = await verify({ ...options, only: [...only, '/usr/bin/pwd'] });
    if (result.kind !== 'probes') throw new Error('it ran a command');
    expect(result).toMatchObject({ differences: [], revisions: [] });
    expect(result.unreproducible).not.toContain('/usr/bin/pwd');
    expect(result.probes).toBeGreaterThan(10);
    expect(result.equal + result.known.length + result.unreproducible.length).toBe(result.probes);
    await expect(verify({ ...options, only: ['none such'] })).rejects.toMatchObject({ code: 'E_USAGE' });
  });

  test('keeps apart what two emulated runs do not agree about', async () => {
    const script = 'date +%N; echo $$ >/dev/null; mktemp; head -c 9 /dev/urandom >/root/random; date +%N >/root/date';
    const result = await check(['sh', '-c', script]);
    expect(result.differences).toEqual([]);
    const where = result.unreproducible.map((found) => found.where);
    expect(where).toEqual(expect.arrayContaining(['stdout', '/root/random', '/root/date']));
  });

  test('hands the input to both', async () => {
    const input = joinHost(temp.dir, 'input');
    await fsp.writeFile(input, 'b\na\n');
    expect((await check(['sh', '-c', 'sort | grep -x a && ! read -r x'], { input })).status.emulated).toBe(0);
  });

  test('takes no bind that both could write to, and no root without a tree', async () => {
    await expect(check(['true'], { binds: [`${temp.dir}:/mnt`] })).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(check(['true'], { root: await testRoot() })).rejects.toMatchObject({ code: 'E_TREE' });
    await expect(check(['no-such-program'])).rejects.toMatchObject({ exitCode: 127 });
  });

  test('works for an ordinary user', async () => {
    const root = joinHost(temp.dir, 'root');
    await fsp.mkdir(joinHost(root, 'emul'), { recursive: true });
    await makeSandboxRoot(root);
    const manifest = { ...(await readManifest(copy.root)), twins: [], libraries: [], files: [], emulated: [] };
    await fsp.writeFile(joinHost(root, 'emul/manifest.json'), JSON.stringify(manifest));
    const dir = joinHost(temp.dir, 'user');
    await fsp.mkdir(dir);
    await exec(['chown', '-R', `${String(USER.uid)}:${String(USER.uid)}`, temp.dir]);
    const command = [
      'verify',
      root,
      '--json',
      '--',
      'sh',
      '-c',
      'umask 077; echo x >/root/x; chown 33 /root/x; uname -m',
    ];
    const argv = ['env', `QEMU_ACCEL_CACHE=${temp.dir}/cache`, process.execPath, BIN, ...command];
    const { stdout } = await exec(await asOrdinaryUser(dir, argv));
    expect(JSON.parse(stdout)).toMatchObject({ differences: [], unreproducible: [], changedFiles: 1 });
  });

  test('audit finds nothing in a tree as it was made', async () => {
    const result = await audit({ root: copy.root, onProgress: () => undefined });
    expect(result.findings).toEqual([]);
    expect(result.accelerated).toBeGreaterThan(250);
    const emulated = Object.values(result.emulatedByReason).reduce((sum, count) => sum + count, 0);
    expect(result.accelerated + emulated).toBe(result.programs);
  });

  test('finds every kind of difference', async () => {
    const twin = joinHost(copy.root, 'emul/usr/bin/uname');
    await exec(['gcc', '-static', '-x', 'c', '-w', '-', '-o', twin], { input: BAD_TWIN });
    const result = await check(['sh', '-c', `${ARRANGE} exec uname -m`]);
    const found = result.differences.map(({ where, facet }) => `${where} ${facet}`);
    expect(found.sort()).toEqual(
      [
        ...['/root/content content', '/root/gone presence', '/root/link presence', '/root/mode mode'],
        ...['/root/only presence', '/root/owner owner', 'status status', 'stderr output', 'stdout output'],
      ].sort(),
    );
    expect(result.differences.find(({ where }) => where === 'stdout')?.detail).toEqual([
      '@@ line 1',
      '-aarch64',
      '+x86_64',
    ]);
    const { status, stdout } = await exec([process.execPath, BIN, 'verify', copy.root, '--', 'uname', '-m'], {
      okStatuses: [1],
    });
    expect({ status, stdout }).toMatchObject({ status: 1, stdout: expect.stringContaining('+x86_64') as string });
  });

  test('audit finds what was changed since, and strings of the host', async () => {
    // Last: without this library every program is emulated.
    const at = (path: string): HostPath => joinHost(copy.root, path);
    await exec(['cp', at('usr/bin/true'), at('usr/local/bin/late')]);
    await fsp.appendFile(at('usr/local/bin/late'), 'x');
    await exec(['gcc', '-x', 'c', '-', '-o', at('emul/usr/bin/tac')], { input: LEAKING });
    await fsp.rm(at('emul/usr/lib/libnss_files.so.2'));
    await fsp.chmod(at('emul/usr/bin/nl'), 0o4775);
    const { findings } = await audit({ root: copy.root, onProgress: () => undefined });
    expect(
      findings
        .filter(({ check, path }) => check !== 'tree' && !path.endsWith('/uname'))
        .map(({ check, path, what }) => `${check} ${path} ${what}`),
    ).toEqual([
      'plugins /emul/usr/lib/libnss_files.so.2 twins load it, and it is not there',
      'modes /emul/usr/bin/nl mode 4775: other users can change it',
      'modes /emul/usr/bin/nl it is setuid or setgid',
      'strings /emul/usr/bin/tac built for x86_64-linux-gnu',
      'strings /emul/usr/bin/tac /emul/usr/bin/tac',
    ]);
    expect(findings.filter(({ check }) => check === 'tree').map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/emul/usr/bin/tac', '/emul/usr/lib/libnss_files.so.2']),
    );
  });
});

async function check(
  command: readonly string[],
  options: { readonly input?: string; readonly binds?: readonly string[]; readonly root?: HostPath } = {},
): Promise<CommandVerification> {
  const signal = new AbortController().signal;
  const result = await verify({ root: copy.root, command, onProgress: () => undefined, signal, ...options });
  if (result.kind !== 'command') throw new Error('a command was given');
  return result;
}

/** Everything that a change would show in. */
async function listing(root: HostPath): Promise<string> {
  const { stdout } = await exec(['find', root, '-printf', '%p %m %U %G %s %T@ %l\n']);
  return stdout.split('\n').sort().join('\n');
}
