/**
 * Why builds fail, as data. A cause stands when one of its signals was seen, unless another cause that stands explains it: an
 * exec that fails makes configure say that the compiler cannot create executables, and not the other way round.
 */
import type { Signal } from './signals.ts';

export interface CauseSpec {
  readonly id: string;
  /** One sentence without full stop. `{library}` and the like are words of the first evidence; in braces with `|` a default. */
  readonly what: string;
  readonly why: string;
  /** One action a line. */
  readonly fix: readonly string[];
  /** Any of these. */
  readonly signals: readonly Signal[];
  /** It does not stand where one of these was seen. */
  readonly unless?: readonly Signal[];
  /** Causes that follow from this one. */
  readonly explains?: readonly string[];
  /** Something on the machine that `doctor --fix` can mend. */
  readonly isHandler?: boolean;
}

const SEE_HANDLERS = [
  'See who is registered: qemu-accel binfmt status',
  'Or let it not matter: qemu-accel run <root> -- <command>',
];
const AFTER_EXEC = ['compiler', 'linker-unknown', 'wrong-library'];

export const CAUSES: readonly CauseSpec[] = [
  {
    id: 'foreign-handler',
    what: 'the guest’s own compiler ran emulated and met an LTO plug-in of this machine ({library})',
    why: 'another package’s qemu was registered in place of the dispatcher, or somebody replaced the guest’s plug-in by a host file',
    fix: [
      ...SEE_HANDLERS,
      'See whether the build root’s plug-in is its own: qemu-accel doctor <root>',
      'Take it out, after a question: sudo qemu-accel doctor <root> --log <log> --fix',
    ],
    signals: ['plugin-class', 'plugin-refused', 'plugin-failed'],
    explains: AFTER_EXEC,
    isHandler: true,
  },
  {
    id: 'plugin-gone',
    what: 'the guest’s own compiler ran, and its LTO plug-in ({library}) is not there',
    why: 'a tool has put a link to its own tree in the place of the plug-in (Tizen’s qemu-accel does), and that tree was removed',
    fix: [
      'See where it leads: qemu-accel doctor <root>',
      'Put the tree back, or install the plug-in’s package again: apt-get install --reinstall <package>',
    ],
    signals: ['plugin-gone'],
    explains: AFTER_EXEC,
  },
  {
    id: 'no-handler',
    what: 'the kernel has no handler for the programs of this build root ({program|a program} was not started)',
    why: 'nothing is registered in binfmt_misc for that architecture, or it was switched off or wiped since',
    fix: [...SEE_HANDLERS, 'Register the dispatcher: sudo qemu-accel binfmt register <arch>'],
    signals: ['exec-format', 'exec-format-docker'],
    explains: AFTER_EXEC,
    isHandler: true,
  },
  {
    id: 'wrong-emulator',
    what: 'a program was given to the qemu of another architecture ({program})',
    why: 'an entry of binfmt_misc has magic bytes that match too much, or the program itself is of another architecture than the root',
    fix: ['Compare: file <program>', ...SEE_HANDLERS],
    signals: ['wrong-image'],
    explains: AFTER_EXEC,
    isHandler: true,
  },
  {
    id: 'no-loader',
    what: 'qemu did not find the loader of a guest program ({loader})',
    why: 'the program was started outside its build root, or the package with the loader (libc6) is not installed in it',
    fix: [
      'Run it in its build root: qemu-accel run <root> -- <command>',
      'Or tell qemu where the root is: qemu-<arch> -L <root> <program>',
    ],
    signals: ['no-loader'],
    explains: ['compiler', 'interpreter-missing'],
  },
  {
    id: 'interpreter-missing',
    what: 'a program that exists was not started: what should run it does not exist ({program|started|executed|its loader or interpreter})',
    why: 'its loader, the interpreter of its first line, or (without flag F) the emulator that binfmt_misc names is not in the build root',
    fix: ['See what it needs: qemu-accel doctor <root>', ...SEE_HANDLERS],
    signals: ['required-file', 'command-not-there'],
    explains: ['compiler'],
    isHandler: true,
  },
  {
    id: 'module-without-twin',
    what: '{program} was asked to load {library}, which has no twin, after it had begun its work ({reason})',
    why: 'a twin can start anew under emulation only before it has written or started anything',
    fix: [
      'Make the missing twin: qemu-accel refresh <root>',
      'Or run this step emulated: qemu-accel run <root> --emulated -- <command>',
    ],
    signals: ['module-without-twin', 'emulator-missing'],
    explains: AFTER_EXEC,
  },
  {
    id: 'disk-full',
    what: 'the disk was full',
    why: 'a file could not be written; what follows in the log follows from that',
    fix: [
      'Free some space; see how much there is: qemu-accel doctor <root>',
      'A tmpfs counts as a disk: df -h <build directory>',
    ],
    signals: ['disk-full', 'quota-full'],
    explains: [...AFTER_EXEC, 'guest-crash'],
  },
  {
    id: 'out-of-memory',
    what: 'there was not enough memory ({program|killed|a compiler} was ended)',
    why: 'the kernel ends the largest process when memory is used up; a 32-bit compiler has 3 or 4 GB of addresses whatever the machine has',
    fix: [
      'Build with fewer jobs: make -j1, DEB_BUILD_OPTIONS=parallel=1, osc build -j 1',
      'Add swap, or raise the limit of the container',
    ],
    signals: ['oom-killer', 'compiler-killed', 'memory-exhausted'],
    explains: [...AFTER_EXEC, 'guest-crash'],
  },
  {
    id: 'guest-memory',
    what: 'qemu could not place the memory of a guest program',
    why: 'vm.mmap_min_addr or a limit of address space (ulimit -v) forbids the addresses that it needs',
    fix: ['sudo sysctl vm.mmap_min_addr=65536', 'ulimit -v unlimited'],
    signals: ['guest-memory'],
    explains: ['compiler'],
  },
  {
    id: 'old-kernel-reported',
    what: 'the guest’s C library takes the kernel for too old',
    why: 'qemu reports the version of this machine’s kernel, and the guest was built for a newer one',
    fix: ['Report another: export QEMU_UNAME=6.1.0'],
    signals: ['kernel-too-old'],
    explains: ['compiler'],
  },
  {
    id: 'preload',
    what: 'a library of LD_PRELOAD could not be loaded ({library})',
    why: 'it is of another architecture than the program, or not in the build root; fakeroot then changes nothing, and says nothing more',
    fix: [
      'Install it in the build root, too: apt-get install fakeroot',
      'Let twins load theirs: qemu-accel refresh <root>',
    ],
    signals: ['preload'],
  },
  {
    id: 'hung',
    what: 'a program stopped saying anything and the build was ended ({limit|after a time limit})',
    why: 'emulated programs with many threads (go, java, node) hang at times, and slow ones look as if they did',
    fix: [
      'See what ran emulated: qemu-accel run <root> --trace trace.txt -- <command>',
      'See why it has no twin: qemu-accel explain <root> <program>',
      'Raise the limit if it was only slow',
    ],
    signals: ['obs-stuck', 'sbuild-stuck', 'ci-stuck'],
  },
  {
    id: 'guest-cpu',
    what: 'an emulated program used an instruction that qemu does not know ({signal})',
    why: 'the program was built for a newer processor than the one that qemu shows',
    fix: ['Show a better one: export QEMU_CPU=max', 'Use a newer qemu'],
    signals: ['qemu-ill'],
    explains: ['compiler'],
  },
  {
    id: 'guest-crash',
    what: 'an emulated program crashed ({signal})',
    why: 'a bug of qemu, or of the program; qemu before 6.0 does so with programs of all kinds',
    fix: [
      'See the version of qemu: qemu-accel doctor',
      'See whether it could have a twin: qemu-accel explain <root> <program>',
      'Try it alone, emulated: qemu-accel run <root> --emulated -- <program>',
    ],
    signals: ['qemu-segv', 'qemu-other'],
    explains: ['compiler'],
  },
  {
    id: 'no-setuid',
    what: 'sudo inside the build root did not become root',
    why: 'binfmt_misc gives setuid guest programs their rights only with flag C, and that is dangerous',
    fix: ['Run the step as root in the first place: qemu-accel run <root> --user root -- <command>'],
    signals: ['no-setuid'],
  },
  {
    id: 'qemu-accel',
    what: 'qemu-accel itself stopped with {code}: {what}',
    why: 'docs/errors.md says what the code means',
    fix: ['Do what its line `fix:` says', 'qemu-accel doctor looks for the usual reasons'],
    signals: ['own-error'],
  },
  {
    id: 'linker-unknown',
    what: 'meson asked the compiler for its linker and did not know the answer',
    why: 'the compiler did not work at all, most often because another package’s qemu ran it in place of the dispatcher',
    fix: ['Read what the compiler said: meson-logs/meson-log.txt', ...SEE_HANDLERS],
    signals: ['meson-linker'],
    explains: ['compiler'],
    isHandler: true,
  },
  {
    id: 'wrong-library',
    what: 'a program loaded a library of the other word size ({library}, {class})',
    why: 'libraries of this machine and of the guest are mixed: LD_LIBRARY_PATH, or files of the host in the build root',
    fix: ['Empty LD_LIBRARY_PATH', 'See whether the emul tree is whole: qemu-accel doctor <root>'],
    signals: ['library-class'],
    unless: ['preload', 'plugin-class'],
    explains: ['compiler'],
  },
  {
    id: 'compiler',
    what: 'the compiler did not make a program that runs',
    why: 'configure could not compile or start its first test; the reason is in its own log',
    fix: ['Read it: config.log, or CMakeFiles/CMakeConfigureLog.yaml', ...SEE_HANDLERS],
    signals: ['no-executables', 'compiler-cannot-compile'],
    isHandler: true,
  },
];
