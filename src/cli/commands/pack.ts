import { EXIT, UsageError } from '../../core/errors.ts';
import { hostPath } from '../../core/paths.ts';
import { defineCommand, given } from '../command.ts';
import { DONOR, JSON_OUTPUT, PACKS, ROOT } from '../common-options.ts';
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
  ],
  args: { root: ROOT },
  options: {
    format: { kind: 'text', value: 'FORMAT', help: 'rpm, deb, tar, or oci (an image layout)', complete: FORMATS },
    out: { kind: 'text', short: 'o', value: 'DIR', help: 'where to write them', complete: 'directory' },
    pack: PACKS,
    donor: DONOR,
    release: { kind: 'text', value: 'RELEASE', help: 'release number of the packages (default: 1)' },
    rpmArch: { kind: 'text', value: 'ARCH', help: 'architecture of rpm packages: armv7hl (the default) or armv7l' },
    json: JSON_OUTPUT,
  },
  examples: [
    { line: 'qemu-accel pack ./root --format rpm -o ./repository', what: 'Packages for an OBS or gbs project' },
    { line: 'qemu-accel pack ./root --format oci -o ./image', what: 'An image that podman runs' },
  ],
  run: async ({ args, options }, context) => {
    const { pack } = await import('../../app/pack.ts');
    const format = FORMATS.find((known) => known === options.format);
    if (format === undefined) {
      throw new UsageError({ what: 'pack needs a format', fix: [`Add --format with one of: ${FORMATS.join(', ')}`] });
    }
    if (options.out === undefined) {
      throw new UsageError({ what: 'pack needs a directory to write to', fix: ['Add -o DIR'] });
    }
    const result = await pack({
      root: hostPath(args.root),
      format,
      out: hostPath(options.out),
      ...given({ packs: options.pack, donor: options.donor, release: options.release, rpmArch: options.rpmArch }),
      onProgress: context.progress,
      signal: context.interruption(),
    });
    context.print(options.json ? `${JSON.stringify(result, null, 2)}\n` : renderPacked(result));
    return EXIT.ok;
  },
});
