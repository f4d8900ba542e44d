/**
 * The layers, as rules: cli > app > adapters > os > core. Imports point down only.
 *
 * `npm run check:layers` enforces them; ARCHITECTURE.md explains them.
 */

/** What makes a module impure: the core only computes. */
const DOORS = '^(fs|fs/promises|child_process|net|http|https|dns|os|worker_threads|cluster|tty|readline)$';
/** The doors to other programs. The sandbox starts its own launcher, to pass a terminal and signals through. */
const SPAWNERS = '^src/os/(exec|lock)\\.ts$|^src/adapters/sandbox/';
const NOT_KEBAB = '^(src|test)/.*[^a-z0-9/.-]';

module.exports = {
  forbidden: [
    {
      name: 'core-is-the-bottom',
      comment: 'core computes; it knows no other layer',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^src/(os|adapters|app|cli)/' },
    },
    {
      name: 'core-is-pure',
      comment: 'core opens no file, starts no program and asks nothing of the machine',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['core'], path: DOORS },
    },
    {
      name: 'core-needs-few-packages',
      comment: 'core parses with valibot and smol-toml; anything else belongs to an upper layer',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['npm'], pathNot: '^node_modules/(valibot|smol-toml)/' },
    },
    {
      name: 'os-knows-core-only',
      comment: 'the doors to the machine serve the adapters and do not know them',
      severity: 'error',
      from: { path: '^src/os/' },
      to: { path: '^src/(adapters|app|cli)/' },
    },
    {
      name: 'adapters-do-not-look-up',
      comment: 'an adapter serves use cases and does not know them',
      severity: 'error',
      from: { path: '^src/adapters/' },
      to: { path: '^src/(app|cli)/' },
    },
    {
      name: 'adapters-are-strangers',
      comment: 'adapters never import each other: a use case brings them together',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: '^src/adapters/([^/]+)/', pathNot: '^src/adapters/$1/' },
    },
    {
      name: 'nothing-imports-cli',
      comment: 'only the command line prints and exits',
      severity: 'error',
      from: { path: '^src/(core|os|adapters|app)/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'few-start-programs',
      comment: 'os/exec.ts starts programs: clean environment, time limit, a failure that can be replayed',
      severity: 'error',
      from: { path: '^src/', pathNot: SPAWNERS },
      to: { path: '^(child_process|node_modules/execa/.*)$' },
    },
    {
      name: 'no-cycles',
      comment: 'modules that need each other are one module, or two with a third below them',
      severity: 'error',
      from: {},
      to: { circular: true, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'shipped-code-needs-shipped-packages',
      comment: 'a development package is not there when the tool is installed',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'shipped-code-needs-no-test-code',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^test/' },
    },
    {
      name: 'imports-resolve',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'kebab-case-names',
      severity: 'error',
      from: { path: NOT_KEBAB },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
