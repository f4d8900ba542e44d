import { EXIT } from '../../core/errors.ts';
import { hostPath } from '../../core/paths.ts';
import { defineCommand } from '../command.ts';
import { JSON_OUTPUT, ROOT } from '../common-options.ts';

export const auditCommand = defineCommand({
  name: 'audit',
  summary: 'check that the emul tree is complete and gives nothing away',
  details: [
    'Reads the build root and its emul tree, and runs nothing: every program is accelerated or has a reason why not, every ' +
      'library, plug-in and table that twins load is there, files and modes are as they were made, and no twin holds a name ' +
      'of the host that is not explained. The exit status is 1 where something is found.',
  ],
  args: { root: ROOT },
  options: { json: JSON_OUTPUT },
  examples: [
    { line: 'qemu-accel audit ./root', what: 'Is everything accelerated that can be, and nothing of the host in it?' },
  ],
  run: async ({ args, options }, context) => {
    const [{ audit }, { renderAudit }] = await Promise.all([import('../../app/audit.ts'), import('../audited.ts')]);
    const result = await audit({ root: hostPath(args.root), onProgress: context.progress });
    context.print(options.json ? `${JSON.stringify(result, null, 2)}\n` : renderAudit(result));
    return result.findings.length === 0 ? EXIT.ok : EXIT.finding;
  },
});
