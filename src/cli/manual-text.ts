/** The parts of the manual that belong to no single command. */
import { EXIT } from '../core/errors.ts';

export interface Entry {
  readonly name: string;
  readonly text: string;
}

export const EXIT_STATUSES: readonly Entry[] = [
  { name: String(EXIT.ok), text: 'It worked.' },
  { name: String(EXIT.finding), text: 'It worked, and found something that the caller asked about.' },
  { name: String(EXIT.usage), text: 'The command line is wrong.' },
  { name: String(EXIT.environment), text: 'The machine, the build root or a download is not as it should be.' },
  { name: String(EXIT.bug), text: 'A bug in qemu-accel; the stack is shown.' },
  { name: '128 + N', text: 'The work was stopped by signal N (130: ^C); nothing is left half done.' },
  { name: 'run', text: "Gives the command's own exit status." },
];

export const ENVIRONMENT: readonly Entry[] = [
  {
    name: 'QEMU_ACCEL_CACHE',
    text: 'Where downloads, twins and trees are kept. Default: qemu-accel in XDG_CACHE_HOME, or in ~/.cache.',
  },
  { name: 'NO_COLOR', text: 'When set to anything, no colours are used.' },
  { name: 'http_proxy, https_proxy, no_proxy', text: 'Passed on to apt.' },
];

export const FILES: readonly Entry[] = [
  { name: '/emul', text: 'In the build root: twins, their libraries, the index and the manifest.' },
  {
    name: '/emul/manifest.json',
    text: 'Every twin with its donor package, version and hashes, and what is emulated, and why.',
  },
  { name: '/usr/bin/qemu-<arch>', text: 'In the build root: the emulator.' },
  {
    name: '/usr/bin/qemu-<arch>-binfmt',
    text: 'In the build root: the dispatcher, which starts a twin or the emulator.',
  },
  {
    name: '/var/lib/qemu-accel/qemu-<arch>-binfmt',
    text: 'The dispatcher that binfmt register has registered, with the emulator embedded.',
  },
];
