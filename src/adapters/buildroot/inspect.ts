/** What `install` must know of a build root, from its files alone: nothing of the root is run. */
import { existsSync, readFileSync } from 'node:fs';
import { GUEST_ARCHS, HOST_ARCH, type Arch } from '../../core/arch.ts';
import { readElf } from '../../core/elf/read.ts';
import { spreadLongTimes } from '../../core/long-times.ts';
import type { Buildroot, GuestBinary, GuestPackage } from '../../core/model.ts';
import { guestPath, inRoot, type GuestPath, type HostPath } from '../../core/paths.ts';
import { unusableRoot } from '../../core/root-errors.ts';
import { exec } from '../../os/exec.ts';
import { withFileSource } from '../../os/file-source.ts';
import { lstatIfThere, translateErrno } from '../../os/fs.ts';
import { readOwnedPackages, type OwnedPackage } from './dpkg-database.ts';
import { LIBRARY_NAME, scanRoot } from './elf-scan.ts';
import { ADMIN_DIR, packageFiles } from './owner.ts';
import { followLinks, resolveInRoot } from './resolve.ts';

export interface InspectOptions {
  /** Packages that are unpacked but not yet in dpkg's database: the first step of a bootstrap. */
  readonly unpacked?: readonly OwnedPackage[];
}

/**
 * @throws EnvironmentError E_ROOT for what is no Debian build root of a known foreign architecture.
 */
export async function inspectRoot(root: HostPath, options: InspectOptions = {}): Promise<Buildroot> {
  try {
    return await inspect(root, options.unpacked ?? []);
  } catch (error) {
    throw translateErrno(`inspect the build root ${root}`, error);
  }
}

async function inspect(root: HostPath, unpacked: readonly OwnedPackage[]): Promise<Buildroot> {
  if (!lstatIfThere(root)?.isDirectory()) throw unusableRoot(root, 'accelerated', 'it is not a directory');
  const owned = [...readOwnedPackages(inRoot(root, ADMIN_DIR)), ...unpacked];
  if (owned.length === 0)
    throw unusableRoot(root, 'accelerated', 'it has no dpkg database with packages (/var/lib/dpkg/status)');
  const arch = detectArch(root, owned);
  const scan = scanRoot(root, arch);
  const owners = packageFiles(root, owned);
  const capable = await withCapabilities(root, scan.binaries);
  const binaries = [...spreadLongTimes(scan.binaries), ...replacedLibraries(scan.links, owners)].map((binary) => {
    const owner = owners.get(binary.path);
    return {
      ...binary,
      isPrivileged: binary.isPrivileged || capable.has(binary.path),
      ...(owner === undefined ? {} : { package: owner }),
    };
  });
  const release = osRelease(root);
  const suite = release.get('VERSION_CODENAME');
  return {
    root,
    arch,
    osName: release.get('PRETTY_NAME') ?? 'an unnamed system',
    ...(suite === undefined ? {} : { suite }),
    packages: packagesByName(owned, arch),
    binaries,
    links: executableLinks(scan.links, binaries),
  };
}

/** The root's architecture: dpkg's own, else that of /bin/sh. */
function detectArch(root: HostPath, owned: readonly OwnedPackage[]): Arch {
  const dpkg = owned.find(({ package: { name } }) => name === 'dpkg' || name === 'libc6');
  const name = dpkg?.package.arch;
  if (name === HOST_ARCH.name)
    throw unusableRoot(root, 'accelerated', `its architecture is ${name}, this machine's own: it needs no emulator`);
  const found = GUEST_ARCHS.find((arch) => arch.name === name) ?? archOfShell(root);
  if (found) return found;
  throw unusableRoot(
    root,
    'accelerated',
    `its architecture ${name === undefined ? 'cannot be told' : `'${name}' is not known`}`,
  );
}

function archOfShell(root: HostPath): Arch | undefined {
  const shell = resolveInRoot(root, guestPath('/bin/sh'));
  if (shell === undefined) return undefined;
  const { machine, elfClass, endian } = withFileSource(inRoot(root, shell), readElf);
  return GUEST_ARCHS.find((a) => a.elfMachine === machine && a.elfClass === elfClass && a.endian === endian);
}

/** By name; a package of another architecture that is installed beside the guest's own has `name:arch`. */
function packagesByName(owned: readonly OwnedPackage[], arch: Arch): ReadonlyMap<string, GuestPackage> {
  const isOwn = (found: GuestPackage): boolean => found.arch === arch.name || found.arch === 'all';
  return new Map(owned.map(({ package: found }) => [isOwn(found) ? found.name : `${found.name}:${found.arch}`, found]));
}

/** File capabilities of the executables: their paths. */
async function withCapabilities(root: HostPath, binaries: readonly GuestBinary[]): Promise<ReadonlySet<string>> {
  const paths = binaries.filter(({ kind }) => kind === 'executable').map(({ path }) => inRoot(root, path));
  // Node cannot read extended attributes. Without getcap nothing is lost: the kernel sets AT_SECURE for such a program,
  // and then the dispatcher uses no twin.
  const tool = ['/usr/sbin/getcap', '/sbin/getcap', '/usr/bin/getcap'].find((path) => existsSync(path));
  if (tool === undefined || paths.length === 0) return new Set();
  const { stdout } = await exec([tool, ...paths]);
  return new Set(paths.filter((path) => stdout.includes(`${path} `)).map((path) => path.slice(root.length)));
}

/** Libraries of packages in whose place is a link to their twins. Where they are data of no package, nobody knows what they were. */
function replacedLibraries(
  links: ReadonlyMap<GuestPath, string>,
  owners: ReadonlyMap<GuestPath, GuestPackage>,
): GuestBinary[] {
  return [...links]
    .filter(([path, target]) => LIBRARY_NAME.test(path) && target === `/emul${path}` && owners.has(path))
    .map(([path]) => ({
      path,
      kind: 'library',
      sizeBytes: 0,
      isStatic: false,
      isPrivileged: false,
      needed: [],
      isReplaced: true,
    }));
}

/** Links that lead to an executable, through other links and linked directories. */
function executableLinks(
  links: ReadonlyMap<GuestPath, string>,
  binaries: readonly GuestBinary[],
): ReadonlyMap<GuestPath, GuestPath> {
  const files = new Set(binaries.map(({ path }) => path));
  const found: [GuestPath, GuestPath][] = [];
  for (const link of [...links.keys()].filter((path) => !files.has(path)).sort()) {
    const target = followLinks(link, (path) => (files.has(path) ? undefined : links.get(path)));
    if (target !== undefined && files.has(target)) found.push([link, target]);
  }
  return new Map(found);
}

/** os-release(5), without its shell quoting beyond one pair of quotes. */
function osRelease(root: HostPath): ReadonlyMap<string, string> {
  const file = [guestPath('/etc/os-release'), guestPath('/usr/lib/os-release')]
    .map((path) => resolveInRoot(root, path))
    .find((path) => path !== undefined);
  const text = file === undefined ? '' : readFileSync(inRoot(root, file), 'utf8');
  const fields = [...text.matchAll(/^([A-Z_]+)=(["']?)(.*)\2$/gm)];
  return new Map(fields.map(([, name = '', , value = '']) => [name, value]));
}
