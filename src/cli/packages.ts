/** The program behind `npm run packages`. Not a command: it belongs to a checkout, not to an installation. */
import type { Way } from '../app/packages/packages.ts';
import type { PackageResult } from '../app/packages/result.ts';
import { EXIT, UsageError } from '../core/errors.ts';
import { hostPath } from '../core/paths.ts';
import { writeAtomically } from '../os/fs.ts';
import { given } from './command.ts';
import { runCommandLine } from './main.ts';
import { parseScriptWords } from './script-words.ts';
import { renderPackage, renderPackages, renderTableOfPackages } from './packages-report.ts';

const USAGE =
  'npm run packages -- [--list] [--only accelerated|emulated] [--again] [--twice] [--root DIR] [--json FILE] [NAME...]';

const OPTIONS = {
  list: { type: 'boolean', default: false },
  only: { type: 'string' },
  again: { type: 'boolean', default: false },
  twice: { type: 'boolean', default: false },
  root: { type: 'string' },
  json: { type: 'string' },
} as const;

/** Exit status 1 for packages that differ or do not build; a source that the archive does not serve is none of ours. */
export function packagesMain(words: readonly string[]): Promise<void> {
  return runCommandLine(words, async ({ print, makeContext }) => {
    const { values, positionals: names } = parseScriptWords(words, OPTIONS, USAGE);
    const only = parseWay(values.only);
    if (values.list) {
      const { choosePackages } = await import('../app/packages/table.ts');
      print(renderTableOfPackages(choosePackages(names)));
      return EXIT.ok;
    }
    const { progress: onProgress, interruption } = makeContext(false);
    const { buildPackages } = await import('../app/packages/packages.ts');
    const results = await buildPackages({
      names,
      ...given({ only, root: values.root === undefined ? undefined : hostPath(values.root) }),
      isAgain: values.again,
      isTwice: values.twice,
      onResult: (result) => {
        onProgress({ kind: 'note', text: renderPackage(result) });
      },
      onProgress,
      signal: interruption(),
    });
    if (values.json !== undefined)
      await writeAtomically(hostPath(values.json), `${JSON.stringify(results, null, 2)}\n`);
    print(renderPackages(results));
    return results.some(isFinding) ? EXIT.finding : EXIT.ok;
  });
}

function isFinding({ outcome }: PackageResult): boolean {
  return outcome === 'different' || outcome === 'failed';
}

function parseWay(word: string | undefined): Way | undefined {
  if (word === undefined || word === 'accelerated' || word === 'emulated') return word;
  throw new UsageError({ what: `--only takes 'accelerated' or 'emulated', not '${word}'`, fix: [USAGE] });
}
