/** Programs "of the guest" for tests that never run them: compiled for the host, with the guest's number in e_machine. */
import { promises as fsp } from 'node:fs';
import { guestArch } from '../../src/core/arch.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';

const E_MACHINE_AT = 18;

export interface GuestProgram {
  readonly source?: string;
  readonly flags?: readonly string[];
  /** Default arm64; the host's own for `amd64`. */
  readonly arch?: string;
}

/** Compiles to `path`, whose directory is made. */
export async function guestProgram(path: HostPath, program: GuestProgram = {}): Promise<void> {
  await fsp.mkdir(joinHost(path, '..'), { recursive: true });
  const input = program.source ?? `const char *who = ${JSON.stringify(path)}; int main(void) { return *who == 0; }`;
  await exec(['gcc', '-x', 'c', '-Wl,--build-id=sha1', '-o', path, '-', '-x', 'none', ...(program.flags ?? [])], {
    input,
  });
  const arch = program.arch ?? 'arm64';
  if (arch === 'amd64') return;
  const file = await fsp.open(path, 'r+');
  const number = Buffer.alloc(2);
  number.writeUInt16LE(guestArch(arch).elfMachine);
  await file.write(number, 0, 2, E_MACHINE_AT);
  await file.close();
}

export interface RootPackage {
  readonly name: string;
  readonly version?: string;
  readonly arch?: string;
  readonly state?: string;
  readonly files: readonly string[];
}

/** A dpkg database with these packages. */
export async function writeDpkgDatabase(root: HostPath, packages: readonly RootPackage[]): Promise<void> {
  const admin = joinHost(root, 'var/lib/dpkg');
  await fsp.mkdir(joinHost(admin, 'info'), { recursive: true });
  const stanzas = packages.map(({ name, version = '1.0-1', arch = 'arm64', state = 'installed' }) =>
    [
      `Package: ${name}`,
      `Status: install ok ${state}`,
      `Architecture: ${arch}`,
      `Version: ${version}`,
      'Maintainer: nobody <nobody@example.org>',
      'Description: for a test',
      '',
    ].join('\n'),
  );
  await fsp.writeFile(joinHost(admin, 'status'), stanzas.join('\n'));
  for (const { name, files } of packages) {
    await fsp.writeFile(joinHost(admin, 'info', `${name}.list`), files.map((file) => `${file}\n`).join(''));
  }
}
