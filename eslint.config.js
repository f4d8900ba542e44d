/**
 * Strict and type-checked. A rule that fights the style of this project is switched off here with its reason, and nowhere
 * else: a comment that disables a rule needs one as well.
 */
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const ignored = { skipBlankLines: true, skipComments: true };

const noFancySyntax = [
  { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
  { selector: 'ExportAllDeclaration', message: 'No barrel files: import from the module that has it.' },
  { selector: 'ExportDefaultDeclaration', message: 'Use named exports.' },
];

/** Only the command line prints and exits; everything below returns data. */
const onlyCliPrints = [
  {
    selector: "MemberExpression[object.name='process'][property.name=/^(stdout|exit|exitCode)$/]",
    message: 'Only src/cli prints and exits: return data, or throw an AccelError.',
  },
];

export default tseslint.config(
  { ignores: ['dist/', 'native/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...noFancySyntax],
      'object-shorthand': 'error',
      'prefer-template': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Static functions of Buffer and the like do not use `this`.
      '@typescript-eslint/unbound-method': ['error', { ignoreStatic: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      complexity: ['error', 16],
      'max-depth': ['error', 4],
      'max-lines': ['error', { max: 250, ...ignored }],
      'max-lines-per-function': ['error', { max: 45, ...ignored }],
      'max-params': ['error', 4],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**'],
    rules: { 'no-restricted-syntax': ['error', ...noFancySyntax, ...onlyCliPrints] },
  },
  {
    files: ['**/*.test.ts', 'vitest.config.ts'],
    // A test may say what it knows about its own data, and vitest wants a default export.
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.js', '**/*.cjs', 'bin/*'],
    languageOptions: { globals: { process: 'readonly', module: 'writable' } },
  },
);
