/** A package that removes /emul when it is installed: acceleration is off from then on, wherever a build system puts it. */
import { promises as fsp } from 'node:fs';
import { joinHost } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { buildRpm } from './rpmbuild.ts';
import type { PackTarget } from './staged.ts';

export const SWITCH_OFF = 'without-emul';
const SUMMARY = 'Turns acceleration off in the build root that it is installed in';
const SCRIPT = 'rm -rf /emul';

export async function writeSwitchOff(format: 'rpm' | 'deb', target: Omit<PackTarget, 'level'>): Promise<void> {
  const scratch = joinHost(target.scratch, SWITCH_OFF);
  if (format === 'rpm') {
    await buildRpm({ name: SWITCH_OFF, text: specText(), rpmArch: 'noarch', scratch, macros: {} }, target);
    return;
  }
  await fsp.mkdir(joinHost(scratch, 'DEBIAN'), { recursive: true });
  await fsp.writeFile(joinHost(scratch, 'DEBIAN', 'control'), controlText());
  await fsp.writeFile(joinHost(scratch, 'DEBIAN', 'postinst'), `#!/bin/sh\n${SCRIPT}\n`, { mode: 0o755 });
  await exec([
    'dpkg-deb',
    '--root-owner-group',
    '-Zxz',
    '--build',
    scratch,
    joinHost(target.out, `${SWITCH_OFF}_1_all.deb`),
  ]);
}

function specText(): string {
  return [
    ...[`Name: ${SWITCH_OFF}`, 'Version: 1', 'Release: 1', `Summary: ${SUMMARY}`, 'License: Apache-2.0'],
    ...[
      'BuildArch: noarch',
      'AutoReqProv: no',
      '',
      '%description',
      `${SUMMARY}.`,
      '',
      '%post',
      SCRIPT,
      '',
      '%files',
      '',
    ],
  ].join('\n');
}

function controlText(): string {
  const maintainer = 'qemu-accel developers <qemu-accel@localhost.localdomain>';
  const fields = [`Package: ${SWITCH_OFF}`, 'Version: 1', 'Architecture: all', `Maintainer: ${maintainer}`];
  return [...fields, `Description: ${SUMMARY}`, ''].join('\n');
}
