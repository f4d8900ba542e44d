/** When a hook of ours fails inside mmdebstrap, its own error is what the person must read. */
import { AccelError, ERROR_CODES, type ErrorCode } from '../core/errors.ts';

/** The error that our program printed on the stderr of mmdebstrap, if it did; the reverse of cli/render-error.ts. */
export function failureOfHook(stderr: string): AccelError | undefined {
  const lines = stderr.split('\n');
  const at = lines.findLastIndex((line) => line.startsWith('error['));
  const head = /^error\[(E_[A-Z_]+)\]: (.*)$/.exec(lines[at] ?? '');
  const [code, what] = [head?.[1] ?? '', head?.[2] ?? ''];
  if (!isCode(code)) return undefined;
  const labelled: { why: string[]; fix: string[] } = { why: [], fix: [] };
  let label: 'why' | 'fix' = 'why';
  for (const line of lines.slice(at + 1)) {
    const words = /^ {2}(?:(why|fix):| {4}) (.*)$/.exec(line);
    if (words === null) break;
    if (words[1] === 'why' || words[1] === 'fix') label = words[1];
    labelled[label].push(words[2] ?? '');
  }
  const why = labelled.why.length === 0 ? {} : { why: labelled.why.join('\n') };
  return new AccelError({ code, what, ...why, fix: labelled.fix });
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
