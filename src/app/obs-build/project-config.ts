/**
 * The project configuration of a build with obs-build: what is the distribution's, and below it what turns acceleration on,
 * which is a file of ours that any project can take over (hooks/obs-build).
 */
import { promises as fsp } from 'node:fs';
import type { HostPath } from '../../core/paths.ts';
import { projectPath } from '../../os/project.ts';

/** What unpacks and installs the others: obs-build unpacks these, and what they need, from outside. */
export const PREINSTALLED = [
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
  ...['libpam-modules', 'libpam-runtime', 'login.defs', 'rpm', 'sed', 'tar', 'util-linux'],
] as const;

const FIXED = `Type: spec
Repotype: rpm-md
Binarytype: rpm

# The same sources give the same packages.
Macros:
%use_source_date_epoch_as_buildtime 1
%clamp_mtime_to_source_date_epoch 1
%source_date_epoch_from_changelog 1
%_buildhost obs-build
:Macros
`;

export interface ProjectConfig {
  /** {@link PREINSTALLED} and all that those need: obs-build asks for them by name. */
  readonly preinstalled: readonly string[];
  /** What every recipe may take for granted. */
  readonly required: readonly string[];
}

export async function writeProjectConfig(file: HostPath, config: ProjectConfig): Promise<void> {
  const accelerated = await fsp.readFile(projectPath('hooks', 'obs-build', 'qemu-accel.conf'), 'utf8');
  const lines = [`Preinstall: ${config.preinstalled.join(' ')}`, `Required: ${config.required.join(' ')}`, '', FIXED];
  await fsp.writeFile(file, [...lines, accelerated].join('\n'));
}
