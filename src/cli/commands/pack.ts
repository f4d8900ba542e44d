import type { PackTargetRequest } from '../../app/pack-target.ts';
import type { Packed, PackRequest } from '../../app/pack.ts';
import { guestArch } from '../../core/arch.ts';
import { EXIT, UsageError } from '../../core/errors.ts';
import { hostPath } from '../../core/paths.ts';
import { defineCommand, given } from '../command.ts';
import { DONOR, JSON_OUTPUT, PACKS } from '../common-options.ts';
import { renderPacked } from '../packed.ts';

const FORMATS = ['rpm', 'deb', 'tar', 'oci'] as const;

export const packCommand = defineCommand({
  name: 'pack',
  summary: 'make installable packages of a build root’s twins',
  details: [
    'One package per family of packs: qemu-accel-<arch> has base and toolchain, perl-accel-<arch>, python-accel-<arch> and ' +
      'clang-accel-<arch> are apart; each can be left out. Where a package is installed into a root with other versions of ' +
      'the tools, those are emulated: a twin is used for the very file that it was made for and for no other.',
    'The build root is only read. Two runs give the same bytes.',
    'With --suite there is no build root yet, and an architecture stands in its place: one is made of the distribution’s ' +
      'packages as by bootstrap, and removed.',
  ],
  args: { root: { help: 'the build root; with --suite the guest architecture', complete: 'directory' } },
  options: {
    format: { kind: 'text', value: 'FORMAT', help: 'rpm, deb, tar, or oci (an image layout)', complete: FORMATS },
    out: { kind: 'text', short: 'o', value: 'DIR', help: 'where to write them', complete: 'directory' },
    pack: PACKS,
    donor: DONOR,
    suite: {
      kind: 'text',
      value: 'SUITE',
      help: 'without a build root: of packages of this release of the distribution',
    },
    variant: { kind: 'text', value: 'NAME', help: 'with --suite: which packages, as for bootstrap (default: buildd)' },
    include: { kind: 'list', value: 'PACKAGE,...', help: 'with --suite: more packages' },
    release: { kind: 'text', value: 'RELEASE', help: 'release number of the packages (default: 1)' },
    rpmArch: { kind: 'text', value: 'ARCH', help: 'architecture of rpm packages: armv7hl (the default) or armv7l' },
    json: JSON_OUTPUT,
  },
  examples: [
    { line: 'qemu-accel pack ./root --format rpm -o ./repository', what: 'Packages for an OBS or gbs project' },
    { line: 'qemu-accel pack ./root --format oci -o ./image', what: 'An image that podman runs' },
    {
      line: 'qemu-accel pack armhf --suite trixie --include python3,clang --format deb -o ./packages',
      what: 'Packages of what a Debian 13 root for 32-bit Arm would get',
    },
  ],
  run: async ({ args, options }, context) => {
    const format = FORMATS.find((known) => known === options.format);
    if (format === undefined) {
      throw new UsageError({ what: 'pack needs a format', fix: [`Add --format with one of: ${FORMATS.join(', ')}`] });
    }
    if (options.out === undefined) {
      throw new UsageError({ what: 'pack needs a directory to write to', fix: ['Add -o DIR'] });
    }
    const { suite, variant, include } = options;
    if (suite === undefined && (variant ?? include) !== undefined) {
      throw new UsageError({
        what: '--variant and --include are for --suite',
        fix: ['Add --suite, or leave them out'],
      });
    }
    const request = {
      ...{ format, out: hostPath(options.out), onProgress: context.progress, signal: context.interruption() },
      ...given({ packs: options.pack, donor: options.donor, release: options.release, rpmArch: options.rpmArch }),
    };
    const result = await packOf(args.root, request, given({ suite, variant, include }));
    context.print(options.json ? `${JSON.stringify(result, null, 2)}\n` : renderPacked(result));
    return EXIT.ok;
  },
});

type Making = Partial<Pick<PackTargetRequest, 'suite' | 'variant' | 'include'>>;

async function packOf(
  target: string,
  request: Omit<PackRequest, 'root'>,
  { suite, ...making }: Making,
): Promise<Omit<Packed, 'root'>> {
  if (suite === undefined) {
    const { pack } = await import('../../app/pack.ts');
    return pack({ ...request, root: hostPath(target) });
  }
  const { packTarget } = await import('../../app/pack-target.ts');
  return packTarget({ ...request, ...making, suite, arch: guestArch(target) });
}
