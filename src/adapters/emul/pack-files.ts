/** Finds pack files: those of the program, those of the user, or one given by its path. */
import { readdirSync, readFileSync } from 'node:fs';
import { UsageError } from '../../core/errors.ts';
import { completePack } from '../../core/pack-parts.ts';
import { parsePack, type Pack } from '../../core/packs.ts';
import { hostPath, joinHost, type HostPath } from '../../core/paths.ts';
import { errnoOf, translateErrno } from '../../os/fs.ts';
import { projectPath } from '../../os/project.ts';

/** What stands for a pack in a manifest: its name, or the absolute path of one that was given by its path. */
export function packReference(name: string): string {
  return name.includes('/') ? hostPath(name) : name;
}

/**
 * Reads packs by name or by path (anything with a slash). A pack of the user hides one of the same name that came with
 * the program.
 *
 * @throws UsageError E_PACK for a pack that is not there, or whose file is wrong.
 */
export function readPacks(names: readonly string[]): Pack[] {
  return names.map((name) => {
    const pack = readPack(name);
    const included = pack.includes.map(readPack);
    return completePack(pack, { included, left: pack['leaves-to'].map(readPack) });
  });
}

function readPack(name: string): Pack {
  const file = name.includes('/') ? hostPath(name) : findPack(name);
  return parsePack(readPackFile(file), file);
}

/** `$XDG_CONFIG_HOME/qemu-accel/packs`, then our own. */
function packDirs(): HostPath[] {
  const xdg = process.env['XDG_CONFIG_HOME'];
  const config = xdg !== undefined && xdg !== '' ? xdg : `${process.env['HOME'] ?? '/root'}/.config`;
  return [joinHost(config as HostPath, 'qemu-accel', 'packs'), projectPath('packs')];
}

function findPack(name: string): HostPath {
  const found = packDirs().find((dir) => packNames(dir).includes(name));
  if (found !== undefined) return joinHost(found, `${name}.toml`);
  const known = [...new Set(packDirs().flatMap(packNames))].sort();
  throw new UsageError({
    code: 'E_PACK',
    what: `there is no pack '${name}'`,
    fix: [`Use one of: ${known.join(', ')}`, `Or write one: ${packDirs()[0] ?? ''}/${name}.toml (docs/packs.md)`],
  });
}

function packNames(dir: HostPath): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.toml'))
      .map((name) => name.slice(0, -'.toml'.length));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw translateErrno(`read the packs of ${dir}`, error);
  }
}

function readPackFile(file: HostPath): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw translateErrno(`read the pack file ${file}`, error);
    throw new UsageError({ code: 'E_PACK', what: `there is no pack file ${file}`, cause: error });
  }
}
