/**
 * Every failure that a person can mend is an AccelError: what happened, why, and how to mend it, with a stable code that
 * has a heading in docs/errors.md. Anything else that is thrown is a bug and is shown with its stack.
 */

/** Exit statuses of the command line; `run` gives the command's own. */
export const EXIT = { ok: 0, finding: 1, usage: 2, environment: 3, bug: 70 } as const;

/**
 * The codes, each with the one line that docs/errors.md and the man page print. A code is never renamed or reused:
 * scripts match on it.
 */
export const ERROR_CODES = {
  E_USAGE: 'the command line is wrong',
  E_ARCH: 'the architecture is not known',
  E_ROOT: 'the directory is not a build root that can be accelerated',
  E_TOOL_MISSING: 'a program that this command needs is not installed, or too old',
  E_COMMAND: 'a program that this command started has failed',
  E_TIMEOUT: 'a program that this command started took too long',
  E_PERMISSION: 'the system refused access',
  E_NO_SPACE: 'the disk is full',
  E_IO: 'a file could not be read or written',
  E_LOCKED: 'another qemu-accel is at work on the same build root',
  E_DOWNLOAD: 'a package could not be fetched',
  E_DONOR: 'the donor has no usable packages',
  E_PACK: 'a pack is not known, or its file is wrong',
  E_TREE: 'the emul tree is missing or damaged',
  E_CONFLICT: 'something else already owns that name',
  E_NAMESPACE: 'the kernel refused a namespace that the sandbox needs',
  E_BINFMT: 'binfmt_misc is not available, or refused the entry',
  E_ELF: 'a file is not the ELF file that it should be',
  E_INTERRUPTED: 'the work was interrupted; nothing was left half done',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  readonly code: ErrorCode;
  /** What happened, one sentence, no full stop. */
  readonly what: string;
  /** Why it happened, as far as it is known. */
  readonly why?: string;
  /** What the person can do, one action a line. */
  readonly fix?: readonly string[];
  readonly exitCode?: number;
  readonly cause?: unknown;
}

export class AccelError extends Error {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why: string | undefined;
  readonly fix: readonly string[];
  readonly exitCode: number;

  constructor(details: ErrorDetails) {
    super(details.why === undefined ? details.what : `${details.what}: ${details.why}`, { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.what = details.what;
    this.why = details.why;
    this.fix = details.fix ?? [];
    this.exitCode = details.exitCode ?? EXIT.environment;
  }
}

/** The command line is wrong: exit 2. */
export class UsageError extends AccelError {
  constructor(details: Omit<ErrorDetails, 'code' | 'exitCode'> & { readonly code?: ErrorCode }) {
    super({ code: 'E_USAGE', ...details, exitCode: EXIT.usage });
  }
}

/** The machine, the root or a download is not as it should be: exit 3. */
export class EnvironmentError extends AccelError {
  constructor(details: Omit<ErrorDetails, 'exitCode'>) {
    super({ ...details, exitCode: EXIT.environment });
  }
}

/** A program that we started has failed; carries what is needed to replay it. */
export class CommandError extends AccelError {
  readonly argv: readonly string[];
  readonly status: number | undefined;
  readonly signal: string | undefined;
  readonly stderr: string;

  constructor(
    details: Omit<ErrorDetails, 'code' | 'exitCode'> & {
      readonly code?: ErrorCode;
      readonly argv: readonly string[];
      readonly status: number | undefined;
      readonly signal: string | undefined;
      readonly stderr: string;
    },
  ) {
    super({ code: 'E_COMMAND', ...details, exitCode: EXIT.environment });
    this.argv = details.argv;
    this.status = details.status;
    this.signal = details.signal;
    this.stderr = details.stderr;
  }
}
