/**
 * The project configuration of a build with obs-build: what is the distribution's, and below it what turns acceleration on,
 * which is a file of ours that any project can take over (hooks/obs-build).
 */
import { promises as fsp } from 'node:fs';
import type { HostPath } from '../../core/paths.ts';
import { projectPath } from '../../os/project.ts';

export type RecipeKind = 'spec' | 'dsc';

interface KindRow {
  readonly format: 'rpm' | 'deb';
  /** What unpacks and installs the others: obs-build unpacks these, and what they need, from outside. */
  readonly preinstalled: readonly string[];
  /** What every recipe may take for granted. */
  readonly required: readonly string[];
  readonly fixed: string;
  /** In hooks/obs-build. */
  readonly accelerated: string;
}

/** Debian's essential packages. */
const ESSENTIAL = [
  ...[
    'base-files',
    'base-passwd',
    'bash',
    'coreutils',
    'dash',
    'debianutils',
    'diffutils',
    'findutils',
    'grep',
    'gzip',
  ],
  ...['login.defs', 'sed', 'tar', 'util-linux'],
] as const;

export const KINDS: Readonly<Record<RecipeKind, KindRow>> = {
  spec: {
    format: 'rpm',
    preinstalled: [...ESSENTIAL, 'libpam-modules', 'libpam-runtime', 'rpm'],
    required: ['cpio', 'file', 'gawk', 'gcc', 'libc6-dev', 'make', 'patch', 'xz-utils'],
    fixed: `Type: spec
Repotype: rpm-md
Binarytype: rpm

# The same sources give the same packages.
Macros:
%use_source_date_epoch_as_buildtime 1
%clamp_mtime_to_source_date_epoch 1
%source_date_epoch_from_changelog 1
%_buildhost obs-build
:Macros
`,
    accelerated: 'qemu-accel.conf',
  },
  dsc: {
    format: 'deb',
    preinstalled: [
      ...ESSENTIAL,
      ...['bsdutils', 'dpkg', 'hostname', 'init-system-helpers', 'libc-bin', 'mawk', 'ncurses-base', 'ncurses-bin'],
      ...['passwd', 'perl-base', 'sysvinit-utils'],
    ],
    required: ['build-essential', 'fakeroot'],
    fixed: `Type: dsc
Repotype: debian
Binarytype: deb
Prefer: mawk
`,
    accelerated: 'qemu-accel-deb.conf',
  },
};

export interface ProjectConfig {
  /** What a kind's row says, and all that those need: obs-build asks for them by name. */
  readonly preinstalled: readonly string[];
  readonly required: readonly string[];
  /** More lines, of the architecture. */
  readonly lines?: readonly string[];
}

export async function writeProjectConfig(file: HostPath, kind: RecipeKind, config: ProjectConfig): Promise<void> {
  const { fixed, accelerated } = KINDS[kind];
  const ours = await fsp.readFile(projectPath('hooks', 'obs-build', accelerated), 'utf8');
  const required = config.required.length === 0 ? [] : [`Required: ${config.required.join(' ')}`];
  const lines = [`Preinstall: ${config.preinstalled.join(' ')}`, ...required, ...(config.lines ?? []), '', fixed, ours];
  await fsp.writeFile(file, lines.join('\n'));
}
