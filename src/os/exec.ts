/**
 * The only place that starts programs. argv arrays, never a shell string; a clean environment; a time limit; captured
 * output with a cap; and a failure that can be pasted into a shell to replay it.
 */
import type { Options } from 'execa';
import { CommandError, EnvironmentError } from '../core/errors.ts';

export interface ExecOptions {
  readonly cwd?: string;
  /** Added to the clean environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Exit statuses that are answers, not failures. Default: 0 only. */
  readonly okStatuses?: readonly number[];
  /** Called for each line of stderr as it comes: progress of long work. */
  readonly onStderrLine?: (line: string) => void;
}

export interface ExecResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Variables that are passed on; all others are dropped, so that a user's shell cannot change what a tool prints. */
const KEPT_VARIABLES = ['PATH', 'HOME', 'TMPDIR', 'TERM', 'http_proxy', 'https_proxy', 'no_proxy', 'XDG_CACHE_HOME'];
const DEFAULT_TIMEOUT_MS = 10 * 60 * 1000;
const OUTPUT_CAP_BYTES = 256 * 1024 * 1024;

export function cleanEnv(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of KEPT_VARIABLES) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  // /usr/sbin is not in an ordinary user's PATH on Debian, but mmdebstrap's and dpkg's helpers live there.
  env['PATH'] = `${env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`;
  return { ...env, LC_ALL: 'C.UTF-8', ...added };
}

/**
 * Runs a program to its end and returns its status and text output.
 *
 * @throws EnvironmentError E_TOOL_MISSING when the program does not exist.
 * @throws CommandError E_COMMAND for an exit status that is not in `okStatuses` or a signal, E_TIMEOUT after `timeoutMs`.
 */
export async function exec(argv: readonly [string, ...string[]], options: ExecOptions = {}): Promise<ExecResult> {
  const [file, ...args] = argv;
  const settings = {
    env: cleanEnv(options.env),
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: OUTPUT_CAP_BYTES,
    timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  } satisfies Options;
  // Loaded at the first use: `run` and `list` start no other program this way, and loading costs them 0.1 s.
  const { execa } = await import('execa');
  const child = execa(file, args, settings);
  if (options.onStderrLine) forwardLines(child.stderr, options.onStderrLine);
  const result = await child;
  const stdout = result.stdout;
  const stderr = result.stderr;
  const status = result.exitCode;
  if (status !== undefined && (options.okStatuses ?? [0]).includes(status)) return { status, stdout, stderr };
  throw failure(argv, result.code, { status, signal: result.signal, stderr, timedOut: result.timedOut });
}

interface Failure {
  readonly status: number | undefined;
  readonly signal: string | undefined;
  readonly stderr: string;
  readonly timedOut: boolean;
}

function failure(argv: readonly string[], errno: string | undefined, failed: Failure): Error {
  const name = argv[0] ?? '';
  if (errno === 'ENOENT') {
    return new EnvironmentError({
      code: 'E_TOOL_MISSING',
      what: `'${name}' is not installed`,
      fix: [`Install ${name}`],
    });
  }
  const end = failed.timedOut
    ? 'took too long and was stopped'
    : failed.signal === undefined
      ? `ended with status ${String(failed.status ?? errno ?? 'unknown')}`
      : `was ended by ${failed.signal}`;
  return new CommandError({
    code: failed.timedOut ? 'E_TIMEOUT' : 'E_COMMAND',
    what: `${name} ${end}`,
    why: lastLines(failed.stderr, 5) || 'it said nothing on stderr',
    fix: [`Replay it: ${quoteArgv(argv)}`],
    argv,
    status: failed.status,
    signal: failed.signal,
    stderr: failed.stderr,
  });
}

/** A command line that a POSIX shell reads back as this argv. */
export function quoteArgv(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

function forwardLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.on('data', (chunk: Buffer | string) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
