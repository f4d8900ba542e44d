/** Where this program's own files lie: the checkout, or the directory that it was installed to. */
import { readFileSync } from 'node:fs';
import { hostPath, joinHost, type HostPath } from '../core/paths.ts';

/** src/os and dist/os are equally deep. */
const PROJECT = hostPath(`${import.meta.dirname}/../..`);

/** `projectPath('packs', 'base.toml')`. */
export function projectPath(...parts: readonly string[]): HostPath {
  return joinHost(PROJECT, ...parts);
}

/** The version of package.json: what it made is remade when it changes. */
export function toolVersion(): string {
  const { version } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as { version: string };
  return version;
}
