/** What the kernel can do. */
import { ok, unknown, whenSeen, type Check, type Judgement, type Seen } from './model.ts';

export interface KernelFacts {
  /** As uname(2) says it: `6.1.0-18-amd64`. */
  readonly release: string;
  /** File systems that the kernel knows now (/proc/filesystems). */
  readonly filesystems: Seen<ReadonlySet<string>>;
  /** Modules that could be loaded. */
  readonly modules: Seen<ReadonlySet<string>>;
  /** Options of the kernel's configuration: `CONFIG_IA32_EMULATION` -> `y`. */
  readonly config: Seen<ReadonlyMap<string, string>>;
  /** Did a 32-bit x86 program of ours run? */
  readonly runsIa32: Seen<boolean>;
  /** vm.mmap_min_addr, bytes. */
  readonly mmapMinAddr: Seen<number>;
  /** The build root is of 32 bits; undefined without a build root. */
  readonly isGuest32Bit?: boolean;
}

/** Documentation/admin-guide/binfmt-misc.rst: a user namespace can have its own since this version. */
const PRIVATE_BINFMT_SINCE: readonly [number, number] = [6, 7];
/** Where 32-bit Arm programs that are not position-independent begin: 0x10000 (ld's default for armelf_linux_eabi). */
const LOWEST_GUEST_ADDRESS = 0x10000;

export const KERNEL_CHECKS: readonly Check<KernelFacts>[] = [
  {
    id: 'kernel',
    title: 'kernel',
    why: 'since Linux 6.7 `run` has binfmt_misc entries of its own; before, the machine’s table must serve everything',
    fix: [
      'Use Linux 6.7 or newer',
      'Or register the dispatcher for the whole machine: sudo qemu-accel binfmt register <arch>',
    ],
    judge: judgeRelease,
  },
  {
    id: 'binfmt-misc',
    title: 'binfmt_misc',
    why: 'it is what makes the kernel start guest programs at all',
    fix: ['Load it: sudo modprobe binfmt_misc'],
    judge: (facts) => judgeFilesystem(facts, { name: 'binfmt_misc', option: 'CONFIG_BINFMT_MISC' }),
  },
  {
    id: 'overlayfs',
    title: 'overlayfs',
    why: '`verify` and containers put a writable layer over a build root with it',
    fix: ['Load it: sudo modprobe overlay'],
    judge: (facts) => judgeFilesystem(facts, { name: 'overlay', option: 'CONFIG_OVERLAY_FS' }),
  },
  {
    id: 'ia32',
    title: '32-bit programs',
    why: 'perl, python and other twins of a 32-bit guest are 32-bit x86 programs',
    fix: [
      'Use a kernel with CONFIG_IA32_EMULATION=y that was not started with ia32_emulation=0',
      'Without it these tools run emulated: slower, and right',
    ],
    judge: judgeIa32,
  },
  {
    id: 'mmap-min-addr',
    title: 'lowest address',
    why: '32-bit Arm programs begin at 0x10000, and qemu must be allowed to map memory there',
    fix: ['sudo sysctl vm.mmap_min_addr=65536, and a file in /etc/sysctl.d that keeps it'],
    judge: ({ mmapMinAddr }) =>
      whenSeen(mmapMinAddr, (value) =>
        value <= LOWEST_GUEST_ADDRESS
          ? ok(`vm.mmap_min_addr is ${String(value)}`)
          : {
              status: 'finding',
              what: `vm.mmap_min_addr is ${String(value)}, above ${String(LOWEST_GUEST_ADDRESS)}`,
              repair: { kind: 'set-sysctl', name: 'vm.mmap_min_addr', value: String(LOWEST_GUEST_ADDRESS) },
            },
      ),
  },
];

function judgeRelease({ release }: KernelFacts): Judgement {
  const version = kernelVersion(release);
  if (version === undefined) return unknown(`'${release}' is no version of Linux`);
  if (!isBefore(version, PRIVATE_BINFMT_SINCE)) return ok(`Linux ${release}`);
  const what = `Linux ${release} is older than ${PRIVATE_BINFMT_SINCE.join('.')}: no private binfmt_misc`;
  return { status: 'finding', what };
}

function judgeFilesystem(
  { filesystems, modules, config }: KernelFacts,
  { name, option }: { readonly name: string; readonly option: string },
): Judgement {
  return whenSeen(filesystems, (known) => {
    if (known.has(name)) return ok(`the kernel has ${name}`);
    if ('seen' in modules && modules.seen.has(name)) {
      return {
        status: 'finding',
        what: `the module ${name} is not loaded`,
        repair: { kind: 'load-module', module: name },
      };
    }
    const said = 'seen' in config ? config.seen.get(option) : undefined;
    const details = said === undefined ? [] : [`${option}=${said}`];
    return {
      status: 'finding',
      what: `the kernel has no ${name}, and no module of it was found`,
      details,
      fix: [`Use a kernel with ${option}`, `In a container: load the module on the machine outside, modprobe ${name}`],
    };
  });
}

function judgeIa32({ runsIa32, config, isGuest32Bit }: KernelFacts): Judgement {
  return whenSeen(runsIa32, (runs) => {
    if (runs) return ok('32-bit x86 programs run here');
    if (isGuest32Bit !== true) return ok('32-bit x86 programs do not run here; only 32-bit guests want them');
    const said = 'seen' in config ? (config.seen.get('CONFIG_IA32_EMULATION') ?? 'n') : 'not seen';
    return {
      status: 'finding',
      what: '32-bit x86 programs do not run here, and this is a 32-bit guest',
      details: [`CONFIG_IA32_EMULATION: ${said}`],
    };
  });
}

function kernelVersion(release: string): readonly [number, number] | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}

function isBefore([major, minor]: readonly [number, number], [wanted, least]: readonly [number, number]): boolean {
  return major < wanted || (major === wanted && minor < least);
}

/** Options of a kernel configuration file. */
export function parseKernelConfig(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^(CONFIG_\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
}
