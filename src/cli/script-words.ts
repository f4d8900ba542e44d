/** The words behind `npm run <script> --`: what the project's own scripts take, which are no commands. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from '../core/errors.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

interface Accepted<O extends Options> {
  readonly args: string[];
  readonly options: O;
  readonly allowPositionals: true;
}

/** @throws UsageError that ends with `usage` for words that are none of `options`. */
export function parseScriptWords<const O extends Options>(
  words: readonly string[],
  options: O,
  usage: string,
): ReturnType<typeof parseArgs<Accepted<O>>> {
  try {
    return parseArgs<Accepted<O>>({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError({ what: (error as Error).message, fix: [usage] });
  }
}
