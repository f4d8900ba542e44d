/** How a failure looks, in one place: for a person, or as JSON for a program. */
import { AccelError, EXIT } from '../core/errors.ts';
import type { Palette } from './style.ts';

export interface RenderedError {
  readonly text: string;
  readonly exitCode: number;
}

/** An error of ours says what, why and how to mend it; anything else is a bug and shows its stack. */
export function renderError(error: unknown, palette: Palette): RenderedError {
  if (!(error instanceof AccelError)) return renderBug(error, palette);
  const lines = [`${palette.red(`error[${error.code}]`)}: ${error.what}`];
  if (error.why !== undefined) lines.push(...labelled('why', error.why.split('\n'), palette));
  if (error.fix.length > 0) lines.push(...labelled('fix', error.fix, palette));
  return { text: `${lines.join('\n')}\n`, exitCode: error.exitCode };
}

/** The same as JSON, one line: `{"error":{"code":...}}`. */
export function renderErrorJson(error: unknown): RenderedError {
  const known = error instanceof AccelError;
  const content = known
    ? { code: error.code, what: error.what, why: error.why ?? null, fix: error.fix }
    : { code: 'E_BUG', what: messageOf(error), why: null, fix: [], stack: stackOf(error) };
  return { text: `${JSON.stringify({ error: content })}\n`, exitCode: known ? error.exitCode : EXIT.bug };
}

function renderBug(error: unknown, palette: Palette): RenderedError {
  const text = [
    `${palette.red('bug in qemu-accel')}: ${messageOf(error)}`,
    stackOf(error),
    'Please report this, with the lines above and the command that you typed.',
  ];
  return { text: `${text.join('\n')}\n`, exitCode: EXIT.bug };
}

function labelled(label: string, lines: readonly string[], palette: Palette): string[] {
  return lines.map((line, at) => `  ${at === 0 ? palette.bold(`${label}:`) : ' '.repeat(label.length + 1)} ${line}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return frames.join('\n');
}
