import { guestArch, GUEST_ARCHS } from '../../core/arch.ts';
import { EXIT } from '../../core/errors.ts';
import { hostPath } from '../../core/paths.ts';
import { defineCommand, given } from '../command.ts';
import { DONOR, PACKS } from '../common-options.ts';

export const bootstrapCommand = defineCommand({
  name: 'bootstrap',
  summary: 'make a build root, accelerated from its first maintainer script on',
  details: [
    'Makes a Debian build root (mmdebstrap, variant buildd) from the mirror and with the keys of the system’s own apt ' +
      'configuration. The emul tree is put in as soon as the packages are unpacked, so that their maintainer scripts ' +
      'already run accelerated.',
    'Works as root, and as an ordinary user that has a range of subordinate user ids (/etc/subuid).',
  ],
  args: {
    suite: { help: 'a release of the distribution: trixie, bookworm, ...' },
    arch: {
      help: 'the guest architecture, under any of its common names',
      complete: GUEST_ARCHS.map((arch) => arch.name),
    },
    dir: { help: 'where to make it; must not exist yet, or be empty', complete: 'directory' },
  },
  options: {
    pack: PACKS,
    donor: DONOR,
    variant: { kind: 'text', value: 'NAME', help: 'which packages, mmdebstrap(1) has the names (default: buildd)' },
    include: { kind: 'list', value: 'PACKAGE,...', help: 'more packages' },
    emulated: { kind: 'flag', help: 'without acceleration: a plain root, made under emulation' },
  },
  examples: [{ line: 'qemu-accel bootstrap trixie arm64 ./root', what: 'A Debian 13 build root for 64-bit Arm' }],
  run: async ({ args, options }, context) => {
    const { bootstrap } = await import('../../app/bootstrap.ts');
    await bootstrap({
      suite: args.suite,
      arch: guestArch(args.arch),
      dir: hostPath(args.dir),
      ...given({ packs: options.pack, donor: options.donor, variant: options.variant, include: options.include }),
      isAccelerated: !options.emulated,
      onProgress: context.progress,
      signal: context.interruption(),
    });
    return EXIT.ok;
  },
});
