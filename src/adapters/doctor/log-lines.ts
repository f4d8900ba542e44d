/** The lines of a build's log: a file or stdin, plain or gzip, of any size. */
import { createReadStream } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { MAX_LINE_CHARS } from '../../core/build-log/clean-line.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { errnoOf, translateErrno } from '../../os/fs.ts';

/** What a file begins with: gzip(1) is unpacked here, others by their own programs. */
const GZIP = Buffer.from('1f8b', 'hex');
const OTHERS: readonly { readonly magic: Buffer; readonly program: string }[] = [
  { magic: Buffer.from('fd377a585a00', 'hex'), program: 'xz' },
  { magic: Buffer.from('28b52ffd', 'hex'), program: 'zstd' },
  { magic: Buffer.from('425a68', 'hex'), program: 'bzip2' },
];

/**
 * Calls `onLine` for each line, without its end. What is longer than MAX_LINE_CHARS is cut; bytes that are no UTF-8 become U+FFFD.
 *
 * @param name a path, or `-` for stdin.
 * @throws EnvironmentError E_IO or E_PERMISSION when it cannot be read, or is packed in another way.
 */
export async function readLogLines(name: string, onLine: (line: string) => void): Promise<void> {
  const source: Readable = name === '-' ? process.stdin : createReadStream(name, { highWaterMark: 1 << 20 });
  try {
    const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const first = await chunks.next();
    if (first.done === true) return;
    refuseOthers(name, first.value);
    const whole = Readable.from(continued(first.value, chunks));
    const split = async (bytes: AsyncIterable<Buffer>): Promise<void> => splitLines(bytes, onLine);
    if (first.value.subarray(0, GZIP.length).equals(GZIP)) await pipeline(whole, createGunzip(), split);
    else await pipeline(whole, split);
  } catch (error) {
    throw unreadable(name, error);
  }
}

async function* continued(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

async function splitLines(bytes: AsyncIterable<Buffer>, onLine: (line: string) => void): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    // A line without end must not fill the memory: its head is enough.
    rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARS);
    for (const line of lines) onLine(line);
  }
  rest += decoder.end();
  if (rest !== '') onLine(rest);
}

function refuseOthers(name: string, head: Buffer): void {
  const other = OTHERS.find(({ magic }) => head.subarray(0, magic.length).equals(magic));
  if (other === undefined) return;
  throw new EnvironmentError({
    code: 'E_IO',
    what: `the log is packed with ${other.program}`,
    fix: [`${other.program} -dc ${name === '-' ? 'FILE' : name} | qemu-accel doctor --log -`],
  });
}

function unreadable(name: string, error: unknown): unknown {
  const isZlib = errnoOf(error) === undefined && String((error as NodeJS.ErrnoException).code).startsWith('Z_');
  if (!isZlib) return translateErrno(`read the log ${name}`, error);
  const fix = ['Unpack what is there: gzip -dc FILE | qemu-accel doctor --log -'];
  return new EnvironmentError({ code: 'E_IO', what: `the log ${name} is cut off or damaged`, fix, cause: error });
}
