/**
 * What build tools have written when builds failed. `origin` says where each one is from: `real` was made to happen with the
 * real tools (directories shortened), `reference` is quoted by users of such builds, `documented` follows the tool's own
 * documentation or source.
 */
export interface LoggedFailure {
  readonly name: string;
  readonly origin: 'real' | 'reference' | 'documented';
  /** Of CAUSES; undefined: nothing is wrong, or nothing that is known. */
  readonly cause: string | undefined;
  readonly log: string;
}

export const LOGGED_FAILURES: readonly LoggedFailure[] = [
  {
    name: 'gbs: the LTO plug-in of another word size',
    origin: 'reference',
    cause: 'foreign-handler',
    log: `[  131s] configure: error: C compiler cannot create executables
[  451s] /usr/lib/gcc/armv7l-tizen-linux-gnueabi/6.2.1/../../../../armv7l-tizen-linux-gnueabi/bin/ld: /usr/lib/gcc/armv7l-tizen-linux-gnueabi/6.2.1/liblto_plugin.so: error loading plugin: /usr/lib/gcc/armv7l-tizen-linux-gnueabi/6.2.1/liblto_plugin.so: wrong ELF class: ELFCLASS64`,
  },
  {
    name: 'the same, wrapped by whoever quoted it',
    origin: 'reference',
    cause: 'foreign-handler',
    log: `[ 131s] configure: error: C compiler cannot create executables
[ 451s] /usr/lib/gcc/armv7l-tizen-linux-gnueabi/6.2.1/liblto_plugin.so: error
[ 451s] loading plugin:
[ 451s] /usr/lib/gcc/armv7l-tizen-linux-gnueabi/6.2.1/liblto_plugin.so: wrong ELF
[ 451s] class: ELFCLASS64`,
  },
  {
    name: 'the LTO plug-in of another word size, today',
    origin: 'real',
    cause: 'foreign-handler',
    log: `configure: error: C compiler cannot create executables
/usr/bin/arm-linux-gnueabihf-ld.bfd: /usr/libexec/gcc/arm-linux-gnueabihf/16/liblto_plugin.so: error loading plugin: /usr/libexec/gcc/arm-linux-gnueabihf/16/liblto_plugin.so: wrong ELF class: ELFCLASS64
collect2: error: ld returned 1 exit status`,
  },
  {
    name: 'ld.gold',
    origin: 'documented',
    cause: 'foreign-handler',
    log: '/usr/bin/ld.gold: error: /usr/lib/gcc/x/14/liblto_plugin.so: could not load plugin library: /usr/lib/gcc/x/14/liblto_plugin.so: cannot open shared object file: No such file or directory',
  },
  {
    name: 'ar, and a plug-in of another byte order',
    origin: 'documented',
    cause: 'foreign-handler',
    log: "ar: Failed to load plugin '/usr/lib/bfd-plugins/liblto_plugin.so', reason: /usr/lib/bfd-plugins/liblto_plugin.so: ELF file data encoding not big-endian",
  },
  {
    name: 'a link to a plug-in, and nothing behind it',
    origin: 'real',
    cause: 'plugin-gone',
    log: "gcc: fatal error: '-fuse-linker-plugin', but liblto_plugin.so not found\ncompilation terminated.\nconfigure: error: C compiler cannot create executables",
  },
  {
    name: 'a plug-in of this machine in a 64-bit guest',
    origin: 'real',
    cause: 'foreign-handler',
    log: `/usr/bin/ld: /usr/libexec/gcc/aarch64-linux-gnu/14/liblto_plugin.so: error loading plugin: /usr/libexec/gcc/aarch64-linux-gnu/14/liblto_plugin.so: cannot open shared object file: No such file or directory
collect2: error: ld returned 1 exit status`,
  },
  {
    name: 'gbs: meson',
    origin: 'reference',
    cause: 'linker-unknown',
    log: '[  149s] meson.build:1:0: ERROR: Unable to determine dynamic linker.',
  },
  {
    name: 'meson, and a plug-in of this machine',
    origin: 'real',
    cause: 'foreign-handler',
    log: `meson.build:1:0: ERROR: Unable to detect linker for compiler \`cc -Wl,--version\`
stdout:
stderr: collect2 version 14.2.0
/usr/bin/ld: /usr/libexec/gcc/aarch64-linux-gnu/14/liblto_plugin.so: error loading plugin: /usr/libexec/gcc/aarch64-linux-gnu/14/liblto_plugin.so: cannot open shared object file: No such file or directory
collect2: error: ld returned 1 exit status`,
  },
  {
    name: 'meson since 0.56',
    origin: 'documented',
    cause: 'linker-unknown',
    log: '../meson.build:1:0: ERROR: Unable to detect linker for compiler `cc -Wl,--version`\nstdout: \nstderr: ',
  },
  {
    name: 'no handler, bash',
    origin: 'real',
    cause: 'no-handler',
    log: 'bash: line 1: /root/usr/bin/true: cannot execute binary file: Exec format error',
  },
  {
    name: 'no handler, buildkit',
    origin: 'documented',
    cause: 'no-handler',
    log: '#5 [2/3] RUN apt-get update\n#5 0.236 exec /bin/sh: exec format error\n#5 ERROR: process "/bin/sh -c apt-get update" did not complete successfully: exit code: 255',
  },
  {
    name: 'no handler, docker run',
    origin: 'documented',
    cause: 'no-handler',
    log: 'standard_init_linux.go:228: exec user process caused: exec format error',
  },
  {
    name: 'no handler, configure in obs-build',
    origin: 'documented',
    cause: 'no-handler',
    log: '[   12s] ./configure: line 3410: /usr/bin/gcc: cannot execute binary file: Exec format error\n[   12s] configure: error: C compiler cannot create executables',
  },
  {
    name: 'the qemu of another architecture',
    origin: 'real',
    cause: 'wrong-emulator',
    log: 'qemu-arm-static: /root/usr/bin/true: Invalid ELF image for this architecture',
  },
  {
    name: 'outside the build root',
    origin: 'real',
    cause: 'no-loader',
    log: "qemu-aarch64-static: Could not open '/lib/ld-linux-aarch64.so.1': No such file or directory",
  },
  {
    name: 'an interpreter that is not there, bash 5.2',
    origin: 'real',
    cause: 'interpreter-missing',
    log: 'bash: line 1: ./s: cannot execute: required file not found',
  },
  {
    name: 'an interpreter that is not there, chroot',
    origin: 'real',
    cause: 'interpreter-missing',
    log: 'chroot: failed to run command ‘/bin/sh’: No such file or directory',
  },
  {
    name: 'a crash under qemu, while a package is set up',
    origin: 'real',
    cause: 'guest-crash',
    log: 'Processing triggers for libc-bin (2.41-12) ...\nqemu: uncaught target signal 11 (Segmentation fault) - core dumped\nSegmentation fault (core dumped)\ndpkg: error processing package libc-bin (--configure):',
  },
  {
    name: 'an instruction that qemu does not know',
    origin: 'real',
    cause: 'guest-cpu',
    log: 'qemu: uncaught target signal 4 (Illegal instruction) - core dumped',
  },
  {
    name: 'a preloaded library of another word size',
    origin: 'documented',
    cause: 'preload',
    log: "[   77s] ERROR: ld.so: object '/usr/lib64/libfakeroot.so' from LD_PRELOAD cannot be preloaded (wrong ELF class: ELFCLASS64): ignored.",
  },
  {
    name: 'a preloaded library that is not in the build root',
    origin: 'real',
    cause: 'preload',
    log: "ERROR: ld.so: object '/usr/lib/x86_64-linux-gnu/libfakeroot/libfakeroot-0.so' from LD_PRELOAD cannot be preloaded (cannot open shared object file): ignored.",
  },
  {
    name: 'a full disk, the assembler',
    origin: 'real',
    cause: 'disk-full',
    log: "/tmp/ccTt6DRa.s: Assembler messages:\n/tmp/ccTt6DRa.s: Fatal error: can't fill 256 bytes in section .data of a.o: 'No space left on device'\n/tmp/ccTt6DRa.s: Fatal error: a.o: No such file or directory",
  },
  {
    name: 'a full disk, and configure',
    origin: 'documented',
    cause: 'disk-full',
    log: 'cat: write error: No space left on device\nconfigure: error: C compiler cannot create executables',
  },
  {
    name: 'a compiler that the kernel ended',
    origin: 'real',
    cause: 'out-of-memory',
    log: 'gcc: fatal error: Killed signal terminated program cc1\ncompilation terminated.',
  },
  {
    name: 'a compiler without memory',
    origin: 'documented',
    cause: 'out-of-memory',
    log: 'cc1plus: out of memory allocating 65536 bytes after a total of 3221225472 bytes\nvirtual memory exhausted: Cannot allocate memory',
  },
  {
    name: 'the kernel’s own words',
    origin: 'documented',
    cause: 'out-of-memory',
    log: '[  900s] [ 1234.567890] Out of memory: Killed process 4711 (cc1plus) total-vm:2097152kB, anon-rss:1048576kB',
  },
  {
    name: 'no room for the guest',
    origin: 'documented',
    cause: 'guest-memory',
    log: 'qemu-arm-static: Unable to find a guest_base to satisfy all guest address mapping requirements',
  },
  {
    name: 'a kernel that is too old for the guest',
    origin: 'documented',
    cause: 'old-kernel-reported',
    log: 'FATAL: kernel too old',
  },
  {
    name: 'obs-build: stuck',
    origin: 'documented',
    cause: 'hung',
    log: '[ 6748s] running tests\n\n\nJob seems to be stuck here, killed. (after 5400 seconds of inactivity)',
  },
  {
    name: 'sbuild: stuck',
    origin: 'documented',
    cause: 'hung',
    log: 'make[1]: Entering directory\nE: Build killed with signal TERM after 150 minutes of inactivity',
  },
  {
    name: 'sudo in a build root',
    origin: 'documented',
    cause: 'no-setuid',
    log: "sudo: effective uid is not 0, is /usr/bin/sudo on a file system with the 'nosuid' option set or an NFS file system without root privileges?",
  },
  {
    name: 'our own error',
    origin: 'real',
    cause: 'qemu-accel',
    log: 'error[E_DOWNLOAD]: bash 5.2.37-2 could not be fetched\n  why: 404 Not Found',
  },
  {
    name: 'the shim’s own message',
    origin: 'real',
    cause: 'module-without-twin',
    log: '/build/_x.so: no twin was made of this library, and /usr/bin/python3.13 cannot start anew under emulation: it has written to a file. Run `qemu-accel refresh` on this build root',
  },
  {
    name: 'a library of the other word size',
    origin: 'documented',
    cause: 'wrong-library',
    log: 'perl: error while loading shared libraries: /usr/lib/libperl.so.5.36: wrong ELF class: ELFCLASS64',
  },
  {
    name: 'configure alone',
    origin: 'documented',
    cause: 'compiler',
    log: "checking whether the C compiler works... no\nconfigure: error: in `/build':\nconfigure: error: C compiler cannot create executables\nSee `config.log' for more details",
  },
  {
    name: 'an ordinary mistake',
    origin: 'documented',
    cause: undefined,
    log: "a.c:3:1: error: expected ';' before '}' token\nmake: *** [Makefile:2: a.o] Error 1",
  },
  {
    name: 'a build that went well, in spite of a test that crashes on purpose',
    origin: 'documented',
    cause: undefined,
    log: 'qemu: uncaught target signal 6 (Aborted) - core dumped\nok 1 - abort is caught\nStatus: successful',
  },
];
