/** Looking without failing: what cannot be seen is an answer of its own. */
import { readFileSync } from 'node:fs';
import type { Seen } from '../../core/doctor/model.ts';
import { AccelError } from '../../core/errors.ts';
import { translateErrno } from '../../os/fs.ts';

/** The result of `look`, or why there is none. Errors that are bugs pass through. */
export function see<T>(doing: string, look: () => Promise<T>): Promise<Seen<T>>;
export function see<T>(doing: string, look: () => T): Seen<T>;
export function see<T>(doing: string, look: () => T | Promise<T>): Seen<T> | Promise<Seen<T>> {
  try {
    const found = look();
    if (!(found instanceof Promise)) return { seen: found };
    return found.then(
      (seen) => ({ seen }),
      (error: unknown) => unseen<T>(doing, error),
    );
  } catch (error) {
    return unseen(doing, error);
  }
}

/** What `parse` makes of a text file. */
export function seeText<T>(path: string, parse: (text: string) => T): Seen<T> {
  return see(`read ${path}`, () => parse(readFileSync(path, 'utf8')));
}

function unseen<T>(doing: string, error: unknown): Seen<T> {
  const known = translateErrno(doing, error);
  if (!(known instanceof AccelError)) throw error;
  return { unseen: known.message };
}
