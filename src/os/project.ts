/** Where this program's own files lie: the checkout, or the directory that it was installed to. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { hostPath, joinHost, type HostPath } from '../core/paths.ts';

/** src/os and dist/os are equally deep. */
const PROJECT = hostPath(`${import.meta.dirname}/../..`);

/** `projectPath('packs', 'base.toml')`. */
export function projectPath(...parts: readonly string[]): HostPath {
  return joinHost(PROJECT, ...parts);
}

/** The version of package.json. */
export function toolVersion(): string {
  const { version } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as { version: string };
  return version;
}

/**
 * A sum of parts of this program's own code, each a directory below src: what other code has made is made again.
 * The version alone would not do while the code is being worked on.
 */
export function codeKey(parts: readonly string[]): string {
  const code = hostPath(`${import.meta.dirname}/..`);
  const hash = createHash('sha256');
  for (const part of parts) {
    const names = readdirSync(joinHost(code, part), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((file) => /\.[jt]s$/.test(file)).sort()) {
      hash.update(`${name}\n`).update(readFileSync(joinHost(code, part, name)));
    }
  }
  return hash.digest('hex');
}
