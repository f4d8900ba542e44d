/**
 * An image layout of the Open Container Initiative (image-spec 1.1): a layer per package, and two images of them. The
 * one called `accel` holds the layers alone, for `COPY --from`; the one called `latest` has the build root below them.
 */
import { createHash } from 'node:crypto';
import { promises as fsp } from 'node:fs';
import type { Arch } from '../../core/arch.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { sha256OfFile } from '../../os/hash-file.ts';
import { PACK_TIMEOUT_MS, type PackedFile, type PackTarget, type StagedPackage } from './staged.ts';
import { writeTar } from './tar.ts';

const MEDIA = 'application/vnd.oci.image';
const LAYER = `${MEDIA}.layer.v1.tar+gzip`;

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Layer {
  readonly blob: Blob;
  /** Digest of the layer's uncompressed archive. */
  readonly diffId: string;
  readonly createdBy: string;
}

/** Architecture names of Go, which image configurations use (GOARCH, GOARM). */
const GO_ARCHS: Readonly<Record<string, { readonly architecture: string; readonly variant?: string }>> = {
  arm64: { architecture: 'arm64', variant: 'v8' },
  armhf: { architecture: 'arm', variant: 'v7' },
  armel: { architecture: 'arm', variant: 'v5' },
  ppc64el: { architecture: 'ppc64le' },
};

export interface OciRequest {
  readonly packages: readonly StagedPackage[];
  readonly arch: Arch;
  /** The build root; paths of the tree inside it are left out of its layer. */
  readonly root: HostPath;
  readonly leftOut: readonly string[];
}

/** Writes the layout into `target.out`: one PackedFile, the directory, per package's layer. */
export async function packOci(request: OciRequest, target: PackTarget): Promise<PackedFile[]> {
  const layout = target.out;
  await fsp.mkdir(joinHost(layout, 'blobs/sha256'), { recursive: true });
  const layers: Layer[] = [];
  const packed: PackedFile[] = [];
  for (const staged of request.packages) {
    const tar = joinHost(target.scratch, `${staged.family}.tar`);
    await writeTar(staged, tar);
    const layer = await addLayer(layout, tar, `qemu-accel pack: ${staged.family}`);
    layers.push(layer);
    const path = blobPath(layout, layer.blob.digest);
    const { family, installedBytes } = staged;
    packed.push({ path, name: family, family, installedBytes, sizeBytes: layer.blob.size });
  }
  const rootLayer = await addRootLayer(request, target);
  const images = [
    await addImage(layout, { arch: request.arch, layers, name: 'accel', epoch: target.epoch }),
    await addImage(layout, { arch: request.arch, layers: [rootLayer, ...layers], name: 'latest', epoch: target.epoch }),
  ];
  await fsp.writeFile(joinHost(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const index = { schemaVersion: 2, mediaType: `${MEDIA}.index.v1+json`, manifests: images };
  await fsp.writeFile(joinHost(layout, 'index.json'), JSON.stringify(index));
  return packed;
}

async function addRootLayer({ root, leftOut }: OciRequest, target: PackTarget): Promise<Layer> {
  const tar = joinHost(target.scratch, 'root.tar');
  const excluded = ['proc/*', 'sys/*', 'dev/*', ...leftOut].map((path) => `--exclude=./${path}`);
  const how = ['--sort=name', '--numeric-owner', '--one-file-system', '--format=gnu', '--anchored', ...excluded];
  await exec(['tar', '--create', '--file', tar, '--directory', root, ...how, '.'], { timeoutMs: PACK_TIMEOUT_MS });
  return addLayer(target.out, tar, 'the build root');
}

/** Compresses an archive into the layout; the archive is gone. */
async function addLayer(layout: HostPath, tar: HostPath, createdBy: string): Promise<Layer> {
  const diffId = `sha256:${await sha256OfFile(tar)}`;
  await exec(['gzip', '--no-name', '-6', tar], { timeoutMs: PACK_TIMEOUT_MS });
  const file = `${tar}.gz` as HostPath;
  const digest = `sha256:${await sha256OfFile(file)}`;
  const { size } = await fsp.stat(file);
  await exec(['mv', file, blobPath(layout, digest)]);
  return { blob: { mediaType: LAYER, digest, size }, diffId, createdBy };
}

interface ImageRequest {
  readonly arch: Arch;
  readonly layers: readonly Layer[];
  readonly name: string;
  readonly epoch: number;
}

async function addImage(layout: HostPath, { arch, layers, name, epoch }: ImageRequest): Promise<object> {
  const created = new Date(epoch * 1000).toISOString();
  const platform = { os: 'linux', ...(GO_ARCHS[arch.name] ?? { architecture: arch.name }) };
  const config = await addJson(layout, `${MEDIA}.config.v1+json`, {
    created,
    ...platform,
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ createdBy }) => ({ created, created_by: createdBy })),
  });
  const mediaType = `${MEDIA}.manifest.v1+json`;
  const manifest = { schemaVersion: 2, mediaType, config, layers: layers.map(({ blob }) => blob) };
  const blob = await addJson(layout, mediaType, manifest);
  return { ...blob, platform, annotations: { 'org.opencontainers.image.ref.name': name } };
}

async function addJson(layout: HostPath, mediaType: string, value: unknown): Promise<Blob> {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  await fsp.writeFile(blobPath(layout, digest), bytes);
  return { mediaType, digest, size: bytes.length };
}

function blobPath(layout: HostPath, digest: string): HostPath {
  return joinHost(layout, 'blobs/sha256', digest.slice('sha256:'.length));
}
