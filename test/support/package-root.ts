/**
 * A build root of a few packages and what they depend on, made in a second from a whole one: with a package database of its
 * own, so that `pack` and dpkg take it for what it is.
 */
import { promises as fsp } from 'node:fs';
import { ADMIN_DIR } from '../../src/adapters/buildroot/owner.ts';
import { readOwnedPackages } from '../../src/adapters/buildroot/dpkg-database.ts';
import { formatStanza, parseDeb822, type Stanza } from '../../src/core/deb822.ts';
import { inRoot, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';

/** What no package lists, and of the database what is not about one package. */
const MORE = ['bin', 'lib', 'sbin', 'etc/passwd', 'etc/group', 'etc/os-release', 'usr/bin/awk', 'etc/alternatives/awk'];
const DATABASE = ['arch', 'diversions', 'triggers', 'triggers/File', 'updates', 'info', 'info/format'];
/** Half of the files. */
const LEFT_OUT = /^\/usr\/share\/(doc|info|locale|man)\/./;

const COPY = `tar --create --directory "$1" --no-recursion --ignore-failed-read --null --files-from=- 2>"$2/tar.log" |
  tar --extract --preserve-permissions --directory "$2" && rm "$2/tar.log"`;

/** Fills `to`, an empty directory, with these packages of `from`. */
export async function makePackageRoot(from: HostPath, to: HostPath, wanted: readonly string[]): Promise<void> {
  const database = inRoot(from, ADMIN_DIR);
  const status = parseDeb822(await fsp.readFile(joinHost(database, 'status'), 'utf8'));
  const names = closureOf(status, wanted);
  const own = readOwnedPackages(database).filter((one) => names.has(one.package.name));
  const info = (await fsp.readdir(joinHost(database, 'info'))).filter((file) => names.has(packageOf(file)));
  const files = [
    ...own.flatMap((one) => one.files).filter((path) => path !== '/.' && !LEFT_OUT.test(path)),
    ...MORE.map((path) => `/${path}`),
    ...[...DATABASE, ...info.map((file) => `info/${file}`)].map((path) => `${ADMIN_DIR}/${path}`),
  ];
  await exec(['sh', '-c', COPY, 'sh', from, to], { input: files.map((path) => `.${path}\0`).join('') });
  const stanzas = status.filter((stanza) => names.has(stanza.get('package') ?? ''));
  await fsp.writeFile(
    joinHost(inRoot(to, ADMIN_DIR), 'status'),
    stanzas.map((one) => `${formatStanza(one)}\n`).join(''),
  );
}

/** `libc6:arm64.list` and `dpkg.postinst`: names may have dots, what is behind the last one has none. */
function packageOf(infoFile: string): string {
  return infoFile.slice(0, infoFile.lastIndexOf('.')).replace(/:.*/, '');
}

/** The packages that are wanted, and those that they depend on; of alternatives the installed ones. */
function closureOf(status: readonly Stanza[], wanted: readonly string[]): ReadonlySet<string> {
  const byName = new Map(status.map((stanza) => [stanza.get('package') ?? '', stanza]));
  const names = new Set<string>();
  const add = (name: string): void => {
    const stanza = byName.get(name);
    if (stanza === undefined || names.has(name)) return;
    names.add(name);
    const depends = `${stanza.get('depends') ?? ''},${stanza.get('pre-depends') ?? ''}`;
    for (const word of depends.split(/[,|]/)) add(word.trim().replace(/[ :(].*/s, ''));
  };
  for (const name of wanted) add(name);
  return names;
}
