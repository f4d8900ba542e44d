/** A signed package archive on a local web server that can be told to misbehave. */
import { createHash } from 'node:crypto';
import { promises as fsp } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { formatStanza } from '../../src/core/deb822.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { makeDeb, type DebSpec } from './debs.ts';

/** `gone`: 404. `other`: a file of another content. `hang-up`: the connection ends in the middle of the file. */
export type Misbehaviour = 'gone' | 'other' | 'hang-up';

export interface AptArchive {
  readonly url: string;
  readonly keyring: HostPath;
  /** By a part of the path: 'pool/bash_' or 'InRelease'. */
  readonly faults: Map<string, Misbehaviour>;
  /** Paths that were asked for. */
  readonly requests: string[];
  /** Makes the packages and the signed lists anew; earlier packages stay in the pool but leave the lists. */
  readonly publish: (specs: readonly DebSpec[], sources?: readonly SourceSpec[]) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A native source package: a description, and a tarball of bytes that nobody unpacks. */
export interface SourceSpec {
  readonly name: string;
  readonly version: string;
}

/** Serves `dir`, for the suite `test`, component `main`, architecture amd64. */
export async function startArchive(dir: HostPath): Promise<AptArchive> {
  const faults = new Map<string, Misbehaviour>();
  const requests: string[] = [];
  const gpgHome = joinHost(dir, 'gpg');
  await fsp.mkdir(gpgHome, { mode: 0o700 });
  const gpg = (...args: string[]): Promise<unknown> =>
    exec(['gpg', '--batch', '--quiet', '--homedir', gpgHome, '--passphrase', '', ...args]);
  await gpg('--quick-generate-key', 'test@example.org', 'ed25519', 'sign', 'never');
  const keyring = joinHost(dir, 'keyring.gpg');
  await gpg('--output', keyring, '--export');
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/');
    requests.push(path);
    const fault = [...faults].find(([part]) => path.includes(part))?.[1];
    void serve(joinHost(dir, 'www', path), fault, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const publish: AptArchive['publish'] = async (specs, sources = []) => {
    const www = joinHost(dir, 'www');
    await writeRelease(www, {
      'main/binary-amd64/Packages': await makePackages(www, specs),
      'main/source/Sources': await makeSources(www, sources),
    });
    const release = joinHost(dir, 'www/dists/test/Release');
    await gpg('--yes', '--output', joinHost(dir, 'www/dists/test/InRelease'), '--clearsign', release);
  };
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await exec(['gpgconf', '--homedir', gpgHome, '--kill', 'all']);
  };
  return { url: `http://127.0.0.1:${String(port)}`, keyring, faults, requests, publish, stop };
}

async function serve(path: HostPath, fault: Misbehaviour | undefined, response: ServerResponse): Promise<void> {
  const content = await fsp.readFile(path).catch(() => undefined);
  if (content === undefined || fault === 'gone') {
    response.writeHead(404).end();
  } else if (fault === 'hang-up') {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, content.length / 2), () => response.destroy());
  } else {
    const body = fault === 'other' ? Buffer.alloc(content.length, 'x') : content;
    response.writeHead(200, { 'content-length': body.length }).end(body);
  }
}

/** @returns the list of them. */
async function makePackages(www: HostPath, specs: readonly DebSpec[]): Promise<string> {
  await fsp.mkdir(joinHost(www, 'pool'), { recursive: true });
  const stanzas: string[] = [];
  for (const spec of specs) {
    const deb = await makeDeb(joinHost(www, 'pool'), spec);
    const content = await fsp.readFile(deb);
    stanzas.push(
      formatStanza([
        ['Package', spec.name],
        ['Version', spec.version],
        ['Architecture', spec.arch ?? 'amd64'],
        ['Filename', `pool/${deb.split('/').at(-1) ?? ''}`],
        ['Size', String(content.length)],
        ['SHA256', sha256(content)],
      ]),
    );
  }
  return stanzas.join('\n');
}

/** @returns the list of them. */
async function makeSources(www: HostPath, specs: readonly SourceSpec[]): Promise<string> {
  const stanzas: string[] = [];
  for (const { name, version } of specs) {
    const put = async (file: string, content: string): Promise<string> => {
      await fsp.writeFile(joinHost(www, 'pool', file), content);
      return `\n${sha256(content)} ${String(content.length)} ${file}`;
    };
    const tarball = await put(`${name}_${version}.tar.xz`, 'a tarball');
    const described = formatStanza([
      ['Source', name],
      ['Version', version],
      ['Checksums-Sha256', tarball],
    ]);
    const dsc = await put(`${name}_${version}.dsc`, described);
    stanzas.push(
      formatStanza([
        ['Package', name],
        ['Version', version],
        ['Directory', 'pool'],
        ['Checksums-Sha256', `${dsc}${tarball}`],
      ]),
    );
  }
  return stanzas.join('\n');
}

/** @param lists by their paths below the suite's directory. */
async function writeRelease(www: HostPath, lists: Readonly<Record<string, string>>): Promise<void> {
  const suite = joinHost(www, 'dists/test');
  const listed: string[] = [];
  for (const [path, content] of Object.entries(lists)) {
    await fsp.mkdir(dirname(joinHost(suite, path)), { recursive: true });
    await fsp.writeFile(joinHost(suite, path), content);
    listed.push(` ${sha256(content)} ${String(Buffer.byteLength(content))} ${path}`);
  }
  const release = [
    'Suite: test',
    'Codename: test',
    'Architectures: amd64',
    'Components: main',
    `Date: ${new Date().toUTCString()}`,
    'SHA256:',
    ...listed,
    '',
  ];
  await fsp.writeFile(joinHost(suite, 'Release'), release.join('\n'));
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
