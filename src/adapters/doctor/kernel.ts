/** Looks at the kernel: what it says of itself, and whether it runs a 32-bit program. */
import { promises as fsp, readFileSync } from 'node:fs';
import { release as osRelease, tmpdir } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { parseKernelConfig, type KernelFacts } from '../../core/doctor/kernel-checks.ts';
import type { Seen } from '../../core/doctor/model.ts';
import { sysctlFile } from '../../core/userns-switches.ts';
import { hostPath, joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { see, seeText } from './see.ts';

export async function gatherKernelFacts(isGuest32Bit?: boolean): Promise<KernelFacts> {
  const release = osRelease();
  return {
    release,
    filesystems: seeText(
      '/proc/filesystems',
      (text) => new Set(text.split('\n').map((line) => line.split('\t')[1] ?? '')),
    ),
    modules: seeText(`/lib/modules/${release}/modules.dep`, moduleNames),
    config: kernelConfig(release),
    runsIa32: await see('start a 32-bit program', runsIa32),
    mmapMinAddr: seeText(sysctlFile('vm.mmap_min_addr'), Number),
    ...(isGuest32Bit === undefined ? {} : { isGuest32Bit }),
  };
}

/** Each line of modules.dep begins with `kernel/fs/binfmt_misc.ko.xz:`. */
function moduleNames(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^[^:]*\/([^/:]+)\.ko[^:/]*:/gm)].map(([, name = '']) => name));
}

function kernelConfig(release: string): Seen<ReadonlyMap<string, string>> {
  const inProc = see('read the configuration of the kernel', () =>
    parseKernelConfig(gunzipSync(readFileSync('/proc/config.gz')).toString()),
  );
  if ('seen' in inProc) return inProc;
  const files = [`/boot/config-${release}`, `/lib/modules/${release}/config`];
  const found = files.map((file) => seeText(file, parseKernelConfig)).find((config) => 'seen' in config);
  return found ?? inProc;
}

/** i386: `mov $1,%eax; xor %ebx,%ebx; int $0x80`, which is _exit(0). */
const EXIT_CODE = Buffer.from('b80100000031dbcd80', 'hex');
const CODE_ADDRESS = 0x08048000;
const HEADER_BYTES = 52;
const SEGMENT_BYTES = 32;

/** The smallest program that says yes: an ELF32 header, one segment header, nine bytes of code (elf(5)). */
function ia32Program(): Buffer {
  const start = HEADER_BYTES + SEGMENT_BYTES;
  const size = start + EXIT_CODE.length;
  const file = Buffer.alloc(size);
  file.write('\x7fELF\x01\x01\x01', 'latin1');
  [2, 3].forEach((value, at) => file.writeUInt16LE(value, 16 + 2 * at));
  [1, CODE_ADDRESS + start, HEADER_BYTES, 0, 0].forEach((value, at) => file.writeUInt32LE(value, 20 + 4 * at));
  [HEADER_BYTES, SEGMENT_BYTES, 1].forEach((value, at) => file.writeUInt16LE(value, 40 + 2 * at));
  [1, 0, CODE_ADDRESS, CODE_ADDRESS, size, size, 5, 0x1000].forEach((value, at) =>
    file.writeUInt32LE(value, HEADER_BYTES + 4 * at),
  );
  EXIT_CODE.copy(file, start);
  return file;
}

async function runsIa32(): Promise<boolean> {
  const dir = hostPath(await fsp.mkdtemp(joinHost(tmpdir() as HostPath, 'qemu-accel-doctor-')));
  const program = joinHost(dir, 'ia32');
  try {
    await fsp.writeFile(program, ia32Program(), { mode: 0o755 });
    return await exec([program]).then(
      () => true,
      () => false,
    );
  } finally {
    await fsp.rm(dir, { recursive: true, force: true });
  }
}
