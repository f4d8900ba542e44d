/** The program behind `npm run suites`. Not a command: it belongs to a checkout, not to an installation. */
import { EXIT, UsageError } from '../core/errors.ts';
import { hostPath } from '../core/paths.ts';
import { writeAtomically } from '../os/fs.ts';
import { given } from './command.ts';
import { runCommandLine } from './main.ts';
import { parseScriptWords } from './script-words.ts';
import { renderSuite, renderSuites } from './suites-report.ts';

const USAGE = 'npm run suites -- [--again] [--tests WORDS] [--root DIR] [--json FILE] [NAME...]';

const OPTIONS = {
  again: { type: 'boolean', default: false },
  tests: { type: 'string' },
  root: { type: 'string' },
  json: { type: 'string' },
} as const;

/** Exit status 1 for a test that fails accelerated and not emulated. */
export function suitesMain(words: readonly string[]): Promise<void> {
  return runCommandLine(words, async ({ print, makeContext }) => {
    const { values, positionals: names } = parseScriptWords(words, OPTIONS, USAGE);
    if (values.tests !== undefined && (names.length !== 1 || values.tests.includes("'")))
      throw new UsageError({ what: '--tests takes words without quotes, for one suite', fix: [USAGE] });
    const { progress: onProgress, interruption } = makeContext(false);
    const { runSuites } = await import('../app/suites/suites.ts');
    const results = await runSuites({
      names,
      ...given({ tests: values.tests, root: values.root === undefined ? undefined : hostPath(values.root) }),
      isAgain: values.again,
      onResult: (result) => {
        onProgress({ kind: 'note', text: renderSuite(result) });
      },
      onProgress,
      signal: interruption(),
    });
    if (values.json !== undefined)
      await writeAtomically(hostPath(values.json), `${JSON.stringify(results, null, 2)}\n`);
    print(renderSuites(results));
    return results.some(({ outcome }) => outcome === 'failed') ? EXIT.finding : EXIT.ok;
  });
}
