/** mmdebstrap: its command line, its progress, and its failures in words that help. */
import { CommandError, EnvironmentError, UsageError, type AccelError, type ErrorCode } from '../../core/errors.ts';
import type { HostPath } from '../../core/paths.ts';
import { quoteArgv } from '../../os/exec.ts';
import { projectPath } from '../../os/project.ts';

export interface MmdebstrapPlan {
  readonly suite: string;
  /** Debian's name of the guest architecture; foreign ones behind it, with commas. */
  readonly arch: string;
  readonly dir: HostPath;
  /** A *.sources file; it becomes the build root's own. */
  readonly sources: HostPath;
  /** How to reach the mirror: apt.conf lines, in force while the root is made. */
  readonly aptConf: HostPath;
  readonly variant: string;
  readonly include: readonly string[];
  /** Run with the root's path added: once the essential packages are unpacked, and once everything is installed. */
  readonly hooks: {
    readonly extract: readonly string[];
    /** Run as well before dpkg configures what it has unpacked. */
    readonly customize: readonly string[];
  };
}

/** What --aptopt leaves behind: the mirror's proxy is this machine's matter and not the build root's. */
const APT_LEFTOVER = 'etc/apt/apt.conf.d/99mmdebstrap';

/**
 * In mode root: the user namespace around it makes us root, with as many ids as mode unshare would have.
 *
 * Left out: the check with arch-test, which is another package, since our interpreter was registered a moment ago; and
 * /sys, which cannot be mounted without owning the network namespace, and which no maintainer script needs.
 */
export function mmdebstrapArgv(plan: MmdebstrapPlan): readonly [string, ...string[]] {
  return [
    'mmdebstrap',
    '--mode=root',
    '--format=directory',
    `--arch=${plan.arch}`,
    `--variant=${plan.variant}`,
    '--skip=check/qemu,chroot/mount/sys',
    `--aptopt=${plan.aptConf}`,
    ...includeOptions(plan.include),
    ...hookOption('extract', plan.hooks.extract),
    ...beforeConfiguring(plan.hooks.customize),
    ...hookOption('customize', plan.hooks.customize),
    `--customize-hook=rm -f "$1/${APT_LEFTOVER}"`,
    plan.suite,
    plan.dir,
    plan.sources,
  ];
}

/** mmdebstrap installs these last; that one of them does not exist should be known before the minutes that this takes. */
function includeOptions(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const simulate = `APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get --quiet --simulate install ${quoteArgv(names)} 2>&1`;
  return [`--include=${names.join(',')}`, `--extract-hook=! ${simulate} | grep '^E: Unable to locate package' >&2`];
}

function hookOption(name: string, argv: readonly string[]): string[] {
  return argv.length === 0 ? [] : [`--${name}-hook=${quoteArgv(argv)} "$1"`];
}

/** For the time of the bootstrap; the hook below writes it. */
const DPKG_SETTINGS = 'etc/dpkg/dpkg.cfg.d/qemu-accel-bootstrap';

/** Between unpacking and configuring, which both are apt's: by a setting of dpkg's, as the hook tells. */
function beforeConfiguring(argv: readonly string[]): string[] {
  if (argv.length === 0) return [];
  const hook = projectPath('hooks', 'mmdebstrap', 'essential50-qemu-accel');
  const command = quoteArgv(['sh', '-c', `${quoteArgv(argv)} "$(pwd -P)"`]);
  return [
    `--essential-hook=${quoteArgv([hook])} "$1" ${quoteArgv([command])}`,
    `--customize-hook=rm -f "$1/${DPKG_SETTINGS}"`,
  ];
}

const PHASES: readonly (readonly [RegExp, string])[] = [
  [/^I: running apt-get update/, 'fetching package lists'],
  [/^I: downloading packages/, 'fetching packages'],
  [/^I: extracting archives/, 'unpacking the essential packages'],
  [/^I: running --extract-hook.*qemu-accel'* install /, 'putting the emul tree in'],
  [/^I: installing essential packages/, 'configuring the essential packages'],
  [/^I: installing remaining packages/, 'installing the other packages'],
  [/^I: running --customize-hook.* refresh /, 'refreshing the emul tree'],
  [/^I: cleaning package lists/, 'cleaning up'],
];

/** The phase that a line of mmdebstrap's stderr begins. */
export function phaseOf(line: string): string | undefined {
  return PHASES.find(([words]) => words.test(line))?.[1];
}

interface FailureRule {
  readonly words: RegExp;
  readonly code: ErrorCode;
  readonly what: string;
  readonly fix: string;
}

/** Most telling first: apt reports a suite that does not exist as a 404 too. `$1` is the first group. */
const FAILURES: readonly FailureRule[] = [
  {
    words: /No space left on device/,
    code: 'E_NO_SPACE',
    what: 'there is no room for the build root',
    fix: 'Free some space (a build root takes about 500 MB), then run the same command again',
  },
  {
    words: /Unable to locate package (\S+)/,
    code: 'E_USAGE',
    what: 'the suite has no package $1',
    fix: 'Correct the names of the packages that are to be included',
  },
  {
    words: /The repository '([^']*)' (?:does not have|no longer has) a Release file/,
    code: 'E_DOWNLOAD',
    what: 'the archive does not have this suite: $1',
    fix: 'Check the name of the suite, and whether the mirror in /etc/apt has it',
  },
  {
    words: /Release file for (\S+) is expired/,
    code: 'E_DOWNLOAD',
    what: 'the mirror is out of date: $1 was valid until some days ago',
    fix: 'Check the clock of this machine, or use another mirror in /etc/apt',
  },
  {
    words: /NO_PUBKEY|is not signed|EXPKEYSIG|couldn't be verified/,
    code: 'E_DOWNLOAD',
    what: 'the signature of the archive could not be checked',
    fix: 'Install a newer debian-archive-keyring: the suite may be younger than the keys of this system',
  },
  {
    words:
      /Failed to fetch (\S*\/(?:Packages|Sources|Contents|Translation)\S*)[^\n]*(?:unexpected size|Hash Sum mismatch)/,
    code: 'E_DOWNLOAD',
    what: "the mirror's index $1 is not the one that its signed Release file names",
    fix: 'Run the same command again later, or use another mirror in /etc/apt: this one is stale for the architecture',
  },
  {
    words: /Failed to fetch (\S+)[^\n]*(?:unexpected size|Hash Sum mismatch)/,
    code: 'E_DOWNLOAD',
    what: 'the mirror serves $1 with another content than its lists say',
    fix: 'Run the same command again later, or use another mirror in /etc/apt',
  },
  {
    words: /Failed to fetch (\S+)\s+404/,
    code: 'E_DOWNLOAD',
    what: 'the mirror does not serve $1',
    fix: 'Run the same command again later, or use a complete mirror in /etc/apt',
  },
  {
    words: /Could not resolve|[Cc]ould not connect|Unable to connect|Temporary failure|timed out/,
    code: 'E_DOWNLOAD',
    what: 'the package archive cannot be reached',
    fix: 'Check the network and the proxy (apt-config dump Acquire::http::Proxy)',
  },
  {
    words: /doesn't have the architecture|doesn't support architecture '([^']*)'/,
    code: 'E_DOWNLOAD',
    what: 'the archive does not have this suite for the architecture',
    fix: 'Choose another suite or architecture, or a mirror that has it',
  },
];

/** Puts a failure of mmdebstrap into words; `argv` is for the replay. */
export function mmdebstrapFailure(argv: readonly string[], status: number, stderr: string): AccelError {
  const why = tellingLines(stderr);
  const rule = FAILURES.find(({ words }) => words.test(stderr));
  if (rule === undefined) {
    const fix = [`Replay it: ${quoteArgv(argv)}`];
    const what = `mmdebstrap ended with status ${String(status)}`;
    return new CommandError({ what, why, fix, argv, status, signal: undefined, stderr });
  }
  const detail = rule.words.exec(stderr)?.[1] ?? '';
  const details = { code: rule.code, what: rule.what.replace('$1', () => detail), why, fix: [rule.fix] };
  return rule.code === 'E_USAGE' ? new UsageError(details) : new EnvironmentError(details);
}

/** Lines that only say that something before them has failed. */
const EMPTY_WORDS = /^E: (mmdebstrap failed to run|setup failed: E: apt-get update|run_(setup|chroot) failed)/;

/** The errors of apt and dpkg; where a command failed without such a line, what it said last. */
function tellingLines(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '' && !line.startsWith('I: ') && !EMPTY_WORDS.test(line));
  const errors = said.filter((line) => /^(E|error|dpkg: error)[: ]/.test(line));
  const isTelling = errors.some((line) => !line.includes('command failed'));
  return [...new Set(isTelling ? errors.slice(0, 5) : said.slice(-5))].join('\n');
}
