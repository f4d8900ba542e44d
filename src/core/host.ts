/**
 * What twins are built for. The host's own architecture, unless a tool's answers depend on the size of a machine word and the
 * guest has another: then the host's 32-bit one, which the same kernel runs (CONFIG_IA32_EMULATION).
 */
import { type Arch, HOST_ARCH, HOST_ARCH_32 } from './arch.ts';
import { guestPath, type GuestPath } from './paths.ts';

export type HostName = 'amd64' | 'i386';

export interface Host {
  readonly name: HostName;
  readonly arch: Arch;
  /** The soname of its loader. */
  readonly loader: string;
  /** Where in a build root the loader lies. */
  readonly loaderDir: GuestPath;
  /** DT_RPATH of its twins (native/include/emul_index.h). */
  readonly libraryDir: GuestPath;
  /** The shim as native/Makefile builds it; in the tree both have one name. */
  readonly shimFile: 'libemul.so' | 'libemul-32.so';
  /** Of time_t. Debian's i386 alone kept 32 bits when its other 32-bit architectures went over to 64 (Debian 13). */
  readonly timeBits: 32 | 64;
}

export const HOSTS: Readonly<Record<HostName, Host>> = {
  amd64: {
    name: 'amd64',
    arch: HOST_ARCH,
    loader: 'ld-linux-x86-64.so.2',
    loaderDir: guestPath('/emul/lib64'),
    libraryDir: guestPath('/emul/usr/lib'),
    shimFile: 'libemul.so',
    timeBits: 64,
  },
  i386: {
    name: 'i386',
    arch: HOST_ARCH_32,
    loader: 'ld-linux.so.2',
    loaderDir: guestPath('/emul/usr/lib32'),
    libraryDir: guestPath('/emul/usr/lib32'),
    shimFile: 'libemul-32.so',
    timeBits: 32,
  },
};

export const HOST_NAMES = Object.keys(HOSTS) as HostName[];

/** The host that a file was built for, by its ELF header. */
export function hostOfMachine(elfMachine: number): Host | undefined {
  return HOST_NAMES.map((name) => HOSTS[name]).find(({ arch }) => arch.elfMachine === elfMachine);
}
