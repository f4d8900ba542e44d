/**
 * hooks/mmdebstrap, as a person would use it: mmdebstrap itself makes the root, on a machine where the dispatcher is
 * registered. The machine is one of the test's own; its network namespace is not, so /sys cannot be mounted.
 */
import { promises as fsp } from 'node:fs';
import { expect, test } from 'vitest';
import { hostTransport } from '../../src/adapters/donor/apt-private.ts';
import { hostSourcesFor } from '../../src/adapters/donor/apt-sources.ts';
import { runCaptured } from '../../src/app/run.ts';
import { formatSources } from '../../src/core/apt-sources.ts';
import { hostPath, joinHost } from '../../src/core/paths.ts';
import { machine } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';
import { testDir } from '../support/temp.ts';
import { readTraceFile } from '../support/two-sides.ts';

const HOOKS = hostPath(`${import.meta.dirname}/../../hooks/mmdebstrap`);

describeNeeding(['root', 'mmdebstrap', 'binfmt', 'qemu-aarch64', 'mirror', 'patchelf'], 'mmdebstrap --hook-dir', () => {
  test('the root is accelerated before its first maintainer script, and refreshed after the last', async () => {
    const dir = await testDir();
    const root = joinHost(dir, 'root');
    const sources = joinHost(dir, 'trixie.sources');
    await fsp.writeFile(sources, formatSources(await hostSourcesFor('trixie'), []));
    const transport = (await hostTransport()).map((line) => `--aptopt='${line}'`);
    const { status, stderr } = await machine(`mount_table && binfmt register arm64 && mmdebstrap --mode=root \\
      --arch=arm64 --variant=essential --include=bc --skip=check/qemu,chroot/mount/sys \\
      --essential-hook='stat -c "twin %A" "$1"/emul/usr/bin/dash >&2' ${transport.join(' ')} \\
      --hook-dir=${HOOKS} trixie ${root} ${sources}`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('twin -rwxr-xr-x') as string });
    const trace = joinHost(dir, 'trace');
    const ran = await runCaptured({ root, command: ['sh', '-c', 'dpkg --audit; echo 6*7 | bc'], trace });
    expect(ran).toMatchObject({ status: 0, stdout: '42\n' });
    expect((await readTraceFile(trace)).map(({ how, path }) => [how, path])).toEqual([
      ['accelerated', '/usr/bin/sh'],
      ['accelerated', '/usr/bin/dpkg'],
      ['accelerated', '/usr/bin/bc'],
    ]);
  });
});
