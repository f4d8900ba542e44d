/** The words of what can be wrong with handlers. `binfmt status` and `doctor` both say them. */
import type { HandlerFinding, HandlerFindingKind } from './binfmt-analysis.ts';

export interface HandlerFindingText {
  /**
   * `error`: programs do not run, or are emulated although a dispatcher is registered. `warning`: it fails in some build
   * roots or for some programs. `note`: worth knowing.
   */
  readonly severity: 'error' | 'warning' | 'note';
  /** A few words for a table. */
  readonly short: string;
  /** One sentence each, without full stop. */
  readonly what: string;
  readonly why: string;
  /** What to do, one action a line; empty where nothing needs to be done. */
  readonly fix: readonly string[];
  /** The one of these actions that `doctor --fix` takes; none where a person must decide. */
  readonly mend?: HandlerMend;
}

/** An entry to take out, an architecture to register the dispatcher for, or the table to switch on as a whole. */
export type HandlerMend = { readonly clear: string } | { readonly register: string } | { readonly switchOn: 'table' };

type Words = (finding: Required<HandlerFinding>) => Omit<HandlerFindingText, 'severity'>;

const TEXTS: Readonly<Record<HandlerFindingKind, readonly [HandlerFindingText['severity'], Words]>> = {
  none: [
    'note',
    ({ arch }) => ({
      short: 'no handler',
      what: `no handler is registered for ${arch} programs`,
      why: 'qemu-accel run brings its own; chroot and containers end with "Exec format error"',
      fix: [`qemu-accel binfmt register ${arch}`],
      mend: { register: arch },
    }),
  ],
  'table-disabled': [
    'error',
    () => ({
      short: 'the whole table is switched off',
      what: 'binfmt_misc is switched off as a whole',
      why: 'somebody has written 0 to its file status; no entry is asked until it is switched on',
      fix: ['echo 1 | sudo tee /proc/sys/fs/binfmt_misc/status', 'sudo qemu-accel doctor --fix'],
      mend: { switchOn: 'table' },
    }),
  ],
  'entry-disabled': [
    'note',
    ({ arch, entry }) => ({
      short: 'disabled',
      what: `the entry ${entry} would take ${arch} programs, but is disabled`,
      why: 'somebody has written 0 to it; it stays in the table, and keeps its name from being registered anew',
      fix: [`echo 1 | sudo tee /proc/sys/fs/binfmt_misc/${entry}`, `qemu-accel binfmt clear ${entry}`],
    }),
  ],
  'dispatcher-shadowed': [
    'error',
    ({ arch, entry, winner, interpreter }) => ({
      short: `a dispatcher, shadowed by ${winner}`,
      what: `${arch} programs are given to ${winner} and not to the dispatcher of ${entry}`,
      why:
        'both match, and the kernel takes the one that was registered last; the guest’s own gcc then meets files that are ' +
        'made for twins ("wrong ELF class"), or the build is slow',
      ...(interpreter.startsWith('/var/lib/qemu-accel/')
        ? { fix: [`qemu-accel binfmt register ${arch}`], mend: { register: arch } }
        : { fix: [`qemu-accel binfmt clear ${winner}`], mend: { clear: winner } }),
    }),
  ],
  'not-accelerated': [
    'error',
    ({ arch, entry, interpreter }) => ({
      short: 'no dispatcher',
      what: `${arch} programs are given to ${entry} (${interpreter}), which is no dispatcher`,
      why: 'everything runs emulated; a build that brings files for twins with it then fails',
      fix: [`qemu-accel binfmt register ${arch}`],
      mend: { register: arch },
    }),
  ],
  shadowed: [
    'note',
    ({ arch, entry, winner }) => ({
      short: `shadowed by ${winner}`,
      what: `the entry ${entry} gets no ${arch} program`,
      why: `${winner} was registered later and takes them all`,
      fix: [],
    }),
  ],
  'takes-some': [
    'warning',
    ({ arch, entry }) => ({
      short: 'takes only some programs',
      what: `the entry ${entry} takes some ${arch} programs and leaves others`,
      why: 'its magic bytes ask for more than the architecture, for example for position-independent programs only',
      fix: [`qemu-accel binfmt clear ${entry}`],
      mend: { clear: entry },
    }),
  ],
  'interpreter-missing': [
    'error',
    ({ arch, entry, interpreter }) => ({
      short: 'its interpreter is missing here',
      what: `the interpreter of ${entry}, ${interpreter}, does not exist`,
      why: `without flag F the kernel looks for it at every exec; where it is missing ${arch} programs end with "No such file or directory"`,
      fix: [`qemu-accel binfmt register ${arch}`, `qemu-accel binfmt clear ${entry}`],
      mend: { register: arch },
    }),
  ],
  'interpreter-gone': [
    'note',
    ({ entry, interpreter }) => ({
      short: 'the kernel holds its interpreter; it is not in this file system',
      what: `the interpreter of ${entry}, ${interpreter}, is not in this file system`,
      why: 'the kernel holds it open (flag F), so it works; a container has registered it, or the file was removed',
      fix: [],
    }),
  ],
  'interpreter-dynamic': [
    'warning',
    ({ arch, entry, interpreter }) => ({
      short: 'its interpreter needs files of the host',
      what: `the interpreter of ${entry}, ${interpreter}, is not a static program`,
      why: 'it looks for its loader and libraries in the build root, which has none of this machine’s',
      fix: [
        'Install qemu-user-static (Debian 12), or the static qemu-user (Debian 13)',
        `qemu-accel binfmt register ${arch}`,
      ],
      mend: { register: arch },
    }),
  ],
  'not-fixed': [
    'warning',
    ({ arch, entry, interpreter }) => ({
      short: 'no flag F: build roots need the interpreter',
      what: `the entry ${entry} has no flag F`,
      why: `the kernel looks for ${interpreter} inside the build root; gbs and obs-build put it there, others do not`,
      fix: [`qemu-accel binfmt register ${arch}`],
      mend: { register: arch },
    }),
  ],
  'argv0-lost': [
    'warning',
    ({ arch, entry }) => ({
      short: 'no flag P: programs do not see the name they were called by',
      what: `the entry ${entry} has no flag P`,
      why: 'programs that go by their name (busybox, gcc’s ccache links) see a path in its place',
      fix: [`qemu-accel binfmt register ${arch}`],
      mend: { register: arch },
    }),
  ],
  credentials: [
    'note',
    ({ entry, interpreter }) => ({
      short: 'flag C: setuid programs gain rights',
      what: `the entry ${entry} has flag C`,
      why: `setuid programs of any build root, container or mounted disk run ${interpreter} with the rights of their owner, on this machine`,
      fix: [],
    }),
  ],
  'takes-native': [
    'error',
    ({ entry, interpreter }) => ({
      short: 'takes this machine’s own programs',
      what: `the entry ${entry} takes programs of this machine itself`,
      why: `its magic bytes match them, and binfmt_misc is asked before the kernel’s own loader: they run through ${interpreter}`,
      fix: [`qemu-accel binfmt clear ${entry}`],
      mend: { clear: entry },
    }),
  ],
};

/** Severity and words of a finding. */
export function handlerFindingText(finding: HandlerFinding): HandlerFindingText {
  const [severity, words] = TEXTS[finding.kind];
  return { severity, ...words({ entry: '', winner: '', interpreter: '', ...finding }) };
}
