/** What tools write when something goes wrong. A signal is a fact; what it means is said by `causes.ts`. */

export interface SignalSpec {
  /** A line without any of these is not looked at: logs are long, and searching a fixed text is cheap. */
  readonly needles: readonly string[];
  /** On a clean line. Named groups are the words of the cause's sentence. Every repetition in it is bounded. */
  readonly pattern: RegExp;
  /**
   * Test suites and configure scripts provoke it, and go on. It counts only near the end, where a build that fails says why.
   */
  readonly isNoisy?: boolean;
}

/** A path, as long as the kernel lets a name be: a pattern that begins with it must not look at a whole line again and again. */
const LIBRARY = String.raw`(?<library>\S{0,255}\.so[\w.]{0,40})`;
const PLUGIN = String.raw`(?<library>\S{0,255}liblto_plugin\.so[\w.]{0,40})`;
const PROGRAM = String.raw`(?<program>[^\s:]{1,255})`;

export const SIGNALS = {
  'no-executables': {
    needles: ['compiler cannot create'],
    pattern: /C(?:\+\+)? compiler cannot create executables/,
  },
  'compiler-cannot-compile': {
    needles: ['simple test program'],
    pattern: /is not able to compile a simple test program/,
  },
  'plugin-class': { needles: ['wrong ELF'], pattern: new RegExp(String.raw`${PLUGIN}: wrong ELF\b`) },
  // ld.bfd, and the words of glibc's loader for a file of the right class and another machine, byte order or no ELF at all.
  'plugin-refused': {
    needles: ['liblto_plugin.so: '],
    pattern: new RegExp(
      `${PLUGIN}: (?:error loading plugin\\b|could not load plugin library|cannot open shared object file|invalid ELF header|ELF file data encoding)`,
    ),
  },
  // ar, nm and ranlib.
  'plugin-failed': {
    needles: ['Failed to load plugin'],
    pattern: /Failed to load plugin '(?<library>[^']{0,255}liblto_plugin\.so[\w.]{0,40})'/,
  },
  'plugin-gone': {
    needles: ['-fuse-linker-plugin'],
    pattern: /-fuse-linker-plugin['’]?, but (?<library>liblto_plugin\.so) not found/,
  },
  'library-class': {
    needles: ['wrong ELF class: '],
    pattern: new RegExp(`${LIBRARY}: wrong ELF class: (?<class>ELFCLASS(?:32|64))`),
  },
  'meson-linker': {
    needles: ['ERROR: Unable to determine dynamic', 'ERROR: Unable to detect linker'],
    pattern: /ERROR: Unable to (?:determine dynamic linker|detect linker for compiler)/,
  },
  preload: {
    needles: ['cannot be preloaded'],
    pattern: /object '(?<library>[^']{1,255})' from LD_PRELOAD cannot be preloaded/,
  },
  'exec-format': {
    needles: ['xec format error'],
    pattern: new RegExp(`${PROGRAM}: (?:cannot execute(?: binary file)?: )?[Ee]xec format error`),
  },
  'exec-format-docker': {
    needles: ['exec format error'],
    pattern: /exec user process caused[^:]{0,40}: exec format error/,
  },
  'wrong-image': {
    needles: ['Invalid ELF image'],
    pattern: new RegExp(`${PROGRAM}: Invalid ELF image for this architecture`),
  },
  'no-loader': {
    needles: ["Could not open '/"],
    pattern: /Could not open '(?<loader>\/[^']{1,255})': No such file or directory/,
  },
  'required-file': {
    needles: ['required file not found'],
    pattern: new RegExp(`${PROGRAM}: cannot execute: required file not found`),
  },
  'command-not-there': {
    needles: ['o such file or directory'],
    pattern:
      /(?:failed to run command ['‘](?<program>[^'’]{1,255})['’]|^exec (?<started>\/\S{1,255})|failed to execute (?<executed>\/\S{1,255})): [Nn]o such file or directory/,
  },
  'qemu-segv': {
    needles: ['uncaught target signal'],
    pattern: /qemu: uncaught target signal (?:11|7|6) \((?<signal>[^)]{1,40})\)/,
    isNoisy: true,
  },
  'qemu-ill': {
    needles: ['uncaught target signal'],
    pattern: /qemu: uncaught target signal 4 \((?<signal>[^)]{1,40})\)/,
    isNoisy: true,
  },
  'qemu-other': {
    needles: ['uncaught target signal'],
    pattern: /qemu: uncaught target signal (?!4 |6 |7 |11 )\d{1,3} \((?<signal>[^)]{1,40})\)/,
    isNoisy: true,
  },
  'guest-memory': {
    needles: ['Unable to find a guest_base', 'of virtual address space'],
    pattern: /Unable to (?:find a guest_base|reserve 0x[0-9a-f]{1,16} bytes of virtual address space)/,
  },
  'kernel-too-old': { needles: ['kernel too old'], pattern: /FATAL: kernel too old/ },
  'oom-killer': {
    needles: ['Out of memory: Kill', 'invoked oom-killer'],
    pattern: /Out of memory: Kill(?:ed)? process \d{1,10} \((?<program>[^)]{1,40})\)|invoked oom-killer/,
  },
  'compiler-killed': {
    needles: ['Killed'],
    pattern:
      /(?:Killed signal terminated program (?<program>\w{1,40})|internal compiler error: Killed \(program (?<killed>\w{1,40})\))/,
  },
  'memory-exhausted': {
    needles: ['memory', 'bad_alloc'],
    pattern:
      /(?:virtual memory exhausted: |\b(?<program>cc1\w{0,9}|lto1|ld|as): out of memory allocating|LLVM ERROR: out of memory|ld: (?:final link failed: )?memory exhausted|terminate called after throwing an instance of 'std::bad_alloc')/,
  },
  'disk-full': { needles: ['No space left'], pattern: /No space left on device/, isNoisy: true },
  'quota-full': { needles: ['quota exceeded'], pattern: /Disk quota exceeded/, isNoisy: true },
  'obs-stuck': {
    needles: ['Job seems to be stuck'],
    pattern: /Job seems to be stuck here, killed\.(?: \(after (?<limit>\d{1,9} seconds) of inactivity\))?/,
  },
  'sbuild-stuck': {
    needles: ['of inactivity'],
    pattern: /Build killed with signal \w{1,9} after (?<limit>\d{1,9} minutes) of inactivity/,
  },
  'ci-stuck': {
    needles: ['Build timed out', 'maximum execution time'],
    pattern: /(?:Build timed out \(after (?<limit>\d{1,9} minutes)\)|has exceeded the maximum execution time)/,
  },
  'no-setuid': {
    needles: ['effective uid is not 0'],
    pattern: /sudo: effective uid is not 0, is .{1,255} on a file system with the 'nosuid' option/,
  },
  'own-error': { needles: ['error[E_'], pattern: /^error\[(?<code>E_[A-Z_]{1,40})\]: (?<what>.{1,255})/ },
  'module-without-twin': {
    needles: ['cannot start anew under emulation'],
    pattern:
      /(?<library>\S{1,255}): .{1,80}, and (?<program>\S{1,255}|the program) cannot start anew under emulation: (?<reason>[^.]{0,128})/,
  },
  'emulator-missing': {
    needles: ['the emulator does not start'],
    pattern: /(?<program>\S{0,255}qemu-\S{1,40}): the emulator does not start/,
  },
} as const satisfies Readonly<Record<string, SignalSpec>>;

export type Signal = keyof typeof SIGNALS;

/** The build went well: what looked wrong before was wanted. */
export const SUCCESS =
  /^Status: successful|^dpkg-buildpackage: info: (?:binary-only|full|source-only) upload|^\S{1,255} finished "build [^"]{1,255}\.spec"/;

/** For a log in which nothing is known: what a person would look for. */
export const COMPLAINT = /\b(?:error|fatal|failed|cannot|killed)\b/i;
