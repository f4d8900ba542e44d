/**
 * The handlers of others, registered as their own tools do it: shell text for `machine()`, where `mount_table` was called.
 * The registrations of tools that cannot run here are written as those tools write them.
 */
import { promises as fsp } from 'node:fs';
import { binfmtRule } from '../../src/core/binfmt-rule.ts';
import { guestArch } from '../../src/core/arch.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { hostEmulator } from './guest-root.ts';

/** systemd's own program, which first takes out every entry of the table. */
export const SYSTEMD_BINFMT = '/lib/systemd/systemd-binfmt';

/** binfmt-support and its library, unpacked: installing it would change this machine. */
export async function unpackBinfmtSupport(dir: HostPath): Promise<void> {
  await exec(['apt-get', '-qq', '-o', 'APT::Sandbox::User=root', 'download', 'binfmt-support', 'libpipeline1'], {
    cwd: dir,
  });
  const packages = (await fsp.readdir(dir)).filter((name) => name.endsWith('.deb'));
  for (const name of packages) await exec(['dpkg-deb', '--extract', joinHost(dir, name), dir]);
}

/** Defines `update_binfmts`, with the formats that are installed here, and makes its service a known one. */
export function binfmtSupport(dir: HostPath): string {
  return `
    update_binfmts() {
      LD_LIBRARY_PATH=$(echo ${dir}/usr/lib/*-linux-gnu) ${dir}/usr/sbin/update-binfmts --importdir /var/lib/shipped "$@"
    }
    mkdir -p /var/lib/binfmts /var/lib/shipped
    cat >/var/lib/shipped/qemu-aarch64 <<'END'
${shippedFormat()}END
    cp ${dir}/lib/systemd/system/binfmt-support.service /etc/systemd/system/
    systemctl -q enable binfmt-support.service 2>/dev/null
  `;
}

/** /usr/share/binfmts/qemu-aarch64 as Ubuntu's qemu-user-static has it. */
function shippedFormat(): string {
  const { magic, mask } = binfmtRule(guestArch('arm64'));
  return [
    'package qemu-user-static',
    'interpreter /usr/bin/qemu-aarch64-static',
    `magic ${escaped(magic)}`,
    'offset 0',
    `mask ${escaped(mask)}`,
    'credentials yes',
    'fix_binary yes',
    'preserve yes',
    '',
  ].join('\n');
}

/** A registration for arm64. */
export function registered(name: string, interpreter: string, flags: string): string {
  const { magic, mask } = binfmtRule(guestArch('arm64'));
  return `printf '%s' ':${name}:M::${escaped(magic)}:${escaped(mask)}:${interpreter}:${flags}' >$table/register`;
}

/**
 * tonistiigi/binfmt and multiarch/qemu-user-static: a privileged container registers a static qemu of its own image. Only
 * the kernel can reach that file, once the container has ended.
 *
 * @param dir where the image's file may be put.
 */
export async function containerRegisters(dir: HostPath, interpreter: string, flags: string): Promise<string> {
  const name = interpreter.slice('/usr/bin/'.length);
  await fsp.copyFile(await hostEmulator(), joinHost(dir, name));
  await fsp.chmod(joinHost(dir, name), 0o755);
  await fsp.chmod(dir, 0o755);
  const inImage = `mount -t overlay none -o lowerdir=${dir}:/usr/bin /usr/bin; ${registered('qemu-aarch64', interpreter, flags)}`;
  return `table=$table unshare --mount sh -c '${inImage.replaceAll("'", `'\\''`)}'`;
}

function escaped(bytes: Buffer): string {
  return [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
