/**
 * The handlers of others, registered as their own tools do it: shell text for `machine()`, where `mount_table` was called.
 * The registrations of tools that cannot run here are written as those tools write them.
 */
import { existsSync, promises as fsp } from 'node:fs';
import { guestArch } from '../../src/core/arch.ts';
import { binfmtRule } from '../../src/core/binfmt-rule.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { hostEmulator } from './guest-root.ts';
import { tempDir } from './temp.ts';

/** Where the packages of Debian 12 and 13 put a static emulator. */
export const QEMU = existsSync('/usr/bin/qemu-aarch64-static')
  ? '/usr/bin/qemu-aarch64-static'
  : '/usr/bin/qemu-aarch64';
/** What the handlers of Debian 11 and later start: a link to the emulator, by whose name it knows that argv[0] is kept. */
const QEMU_P = '/usr/libexec/qemu-binfmt/aarch64-binfmt-P';
/** systemd's own program, which first takes out every entry of the table. */
export const SYSTEMD_BINFMT = '/lib/systemd/systemd-binfmt';

const [MAGIC, MASK] = ruleOf('arm64');

/** What the tools need, as directories. */
export interface Places {
  /** binfmt-support, unpacked. */
  readonly support: HostPath;
  /** The programs of a container's image. */
  readonly image: HostPath;
  /** What Debian 13 has in /usr/lib/binfmt.d and in /usr/share. */
  readonly debian13: HostPath;
  readonly dispose: () => Promise<void>;
}

export async function foreignPlaces(): Promise<Places> {
  const [support, image, debian13] = await Promise.all([tempDir(), tempDir(), tempDir()]);
  const all = [support, image, debian13];
  for (const { dir } of all) await fsp.chmod(dir, 0o755);
  await unpackBinfmtSupport(support.dir);
  for (const name of ['qemu-aarch64', 'qemu-aarch64-static']) {
    await fsp.copyFile(await hostEmulator(), joinHost(image.dir, name));
    await fsp.chmod(joinHost(image.dir, name), 0o755);
  }
  await writeDebian13(debian13.dir);
  const dispose = async (): Promise<void> => {
    for (const one of all) await one.dispose();
  };
  return { support: support.dir, image: image.dir, debian13: debian13.dir, dispose };
}

/** A tool that registers a handler of its own for arm64, and leaves the rest of the table alone. */
export interface ForeignHandler {
  readonly who: string;
  /** The name of its entry. */
  readonly name: string;
  /** Whom `binfmt status` takes it for. */
  readonly origin: string;
  readonly register: (places: Places) => string;
}

const IMPORTED = { name: 'qemu-aarch64', origin: 'binfmt-support /var/lib/binfmts/qemu-aarch64' };
const CONTAINER = { name: 'qemu-aarch64', origin: 'container' };
const BUILD_SERVICE = { name: 'aarch64', origin: 'build service' };
/** obs-build's file qemu-reg; gbs has the same. It asks for one byte less than QEMU's own rule. */
const [OBS_MAGIC, OBS_MASK] = [MAGIC, MASK].map((bytes) => bytes.slice(0, -'\\x00'.length)) as [string, string];

export const FOREIGN_HANDLERS: readonly ForeignHandler[] = [
  {
    who: 'binfmt-support, as Ubuntu 18.04',
    ...IMPORTED,
    register: (places) => `${binfmtSupport(places)} ${installsFormat(QEMU, '--credential yes')}`,
  },
  {
    who: 'binfmt-support, as Debian 11 and Ubuntu 22.04',
    ...IMPORTED,
    register: (places) => `${binfmtSupport(places)} ${installsFormat(QEMU_P, '--credential yes --preserve yes')}`,
  },
  {
    who: 'tonistiigi/binfmt',
    ...CONTAINER,
    register: ({ image }) => inContainer(image, tonistiigi('CF')),
  },
  {
    who: 'tonistiigi/binfmt that keeps argv[0]',
    ...CONTAINER,
    register: ({ image }) => inContainer(image, tonistiigi('CFP')),
  },
  {
    who: 'multiarch/qemu-user-static',
    ...CONTAINER,
    register: ({ image }) => inContainer(image, registered('qemu-aarch64', '/usr/bin/qemu-aarch64-static', 'F')),
  },
  {
    who: 'a build service without dispatcher',
    ...BUILD_SERVICE,
    register: () => registered('aarch64', '/usr/bin/qemu-aarch64', 'P'),
  },
  { who: 'somebody', name: 'zzz', origin: 'unknown', register: () => registered('zzz', '/bin/true', '') },
];

/** gbs and obs-build, where the build root has a dispatcher. */
export const BUILD_SERVICE_DISPATCHER = `printf '%s' ':aarch64:M::${OBS_MAGIC}:${OBS_MASK}:/usr/bin/qemu-aarch64-binfmt:P' >$table/register`;

/** A way in which a distribution declares its handlers to systemd-binfmt. */
export interface SystemdLayout {
  readonly where: string;
  readonly arrange: (places: Places) => string;
}

export const SYSTEMD_LAYOUTS: readonly SystemdLayout[] = [
  { where: 'as it is on this machine', arrange: () => '' },
  {
    where: 'as on Debian 13',
    arrange: ({ debian13 }) => `
      mount --bind ${debian13}/binfmt.d /usr/lib/binfmt.d
      mount -t overlay none -o lowerdir=${debian13}/share:/usr/share /usr/share`,
  },
];

/** A registration for arm64. */
export function registered(name: string, interpreter: string, flags: string): string {
  return registeredFor('arm64', name, `${interpreter}:${flags}`);
}

/** @param how interpreter and flags, with a colon between them. */
export function registeredFor(arch: string, name: string, how: string): string {
  return `printf '%s' ':${name}:M::${ruleOf(arch).join(':')}:${how}' >$table/register`;
}

function tonistiigi(flags: string): string {
  return `printf '%s' ':qemu-aarch64:M:0:${MAGIC}:${MASK}:/usr/bin/qemu-aarch64:${flags}' >$table/register`;
}

/** Defines `update_binfmts`, and makes its service a known one. */
export function binfmtSupport({ support }: Places): string {
  return `
    update_binfmts() {
      LD_LIBRARY_PATH=$(echo ${support}/usr/lib/*-linux-gnu) ${support}/usr/sbin/update-binfmts "$@"
    }
    mkdir -p /var/lib/binfmts
    cp $(find ${support} -name binfmt-support.service) /etc/systemd/system/
    systemctl -q enable binfmt-support.service 2>/dev/null
  `;
}

/** As qemu-user-static does it when it is set up. */
export function installsFormat(interpreter: string, flags: string): string {
  const bytes = `--magic '${MAGIC}' --mask '${MASK}' --offset 0`;
  return `update_binfmts --package qemu-user-static --install qemu-aarch64 ${interpreter} ${bytes} --fix-binary yes ${flags}`;
}

/** binfmt-support and its library, unpacked: installing it would change this machine. */
async function unpackBinfmtSupport(dir: HostPath): Promise<void> {
  await exec(['apt-get', '-qq', '-o', 'APT::Sandbox::User=root', 'download', 'binfmt-support', 'libpipeline1'], {
    cwd: dir,
  });
  const packages = (await fsp.readdir(dir)).filter((name) => name.endsWith('.deb'));
  for (const name of packages) await exec(['dpkg-deb', '--extract', joinHost(dir, name), dir]);
}

/** qemu-user-binfmt has relative links to files of qemu-user. */
async function writeDebian13(dir: HostPath): Promise<void> {
  const [links, files] = [joinHost(dir, 'binfmt.d'), joinHost(dir, 'share/qemu/binfmt.d')];
  for (const made of [links, files]) await fsp.mkdir(made, { recursive: true });
  await fsp.symlink('../../share/qemu/binfmt.d/qemu-aarch64.conf', joinHost(links, 'qemu-aarch64.conf'));
  await fsp.writeFile(joinHost(files, 'qemu-aarch64.conf'), `:qemu-aarch64:M::${MAGIC}:${MASK}:${QEMU_P}:OPF\n`);
}

/**
 * A privileged container registers a static qemu of its own image: only the kernel can reach that file, once the container
 * has ended.
 */
function inContainer(image: HostPath, registration: string): string {
  const inside = `mount -t overlay none -o lowerdir=${image}:/usr/bin /usr/bin; ${registration}`;
  return `table=$table unshare --mount sh -c '${inside.replaceAll("'", `'\\''`)}'`;
}

function ruleOf(arch: string): [magic: string, mask: string] {
  const { magic, mask } = binfmtRule(guestArch(arch));
  return [escaped(magic), escaped(mask)];
}

function escaped(bytes: Buffer): string {
  return [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
