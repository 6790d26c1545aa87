// The walls of the house as lint rules: which ring may import which, which package lives where,
// and which globals only the process edge may touch. The reasons stand in docs/architecture.md.
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';
import { ringImports } from './ring-imports.mjs';
import { rings, wiring } from './rings.mjs';

const packageHomes = {
  canonicalize: ['src/encoding/**', 'src/cli/render/**'],
  '@noble/*': ['src/crypto/**'],
  'node-forge': ['src/crypto/**'],
  'undici*': ['src/adapters/http/**'],
  commander: ['src/cli/**'],
  inquirer: ['src/adapters/system/**'],
  '@inquirer/*': ['src/adapters/system/**'],
  'cli-table3': ['src/cli/render/**'],
};

/** A list from outside may have more items than a call takes arguments: V8 throws a RangeError at some 120,000. */
const spreadArguments = {
  selector:
    'CallExpression[callee.property.name=/^(push|unshift|splice|concat|max|min|fromCharCode|fromCodePoint)$/] > SpreadElement',
  message: 'a list from outside may be longer than a call has arguments: use a loop',
};

const ringImportRules = Object.entries(rings).map(([ring, allowed]) => ({
  files: [`src/${ring}/**/*.ts`],
  plugins: { rings: { rules: { imports: ringImports } } },
  rules: { 'rings/imports': ['error', [ring, ...allowed], { adapters: wiring }] },
}));

/** The command line has rules of its own, below. */
const ringRules = Object.keys(rings).filter((ring) => ring !== 'cli').map((ring) => ({
  files: [`src/${ring}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...Object.entries(packageHomes)
            .filter(([, homes]) => !homes.some((home) => home.startsWith(`src/${ring}/`)))
            .map(([name]) => ({ group: [name, `${name}/*`], message: `${name} does not belong in ${ring}` })),
          ...(ring === 'adapters' || ring === 'crypto'
            ? []
            : [{ group: ['node:*'], message: 'the outside is reached through ports/' }]),
        ],
      },
    ],
    'no-restricted-globals':
      ring === 'adapters'
        ? 'off'
        : ['error', 'process', 'console', 'fetch', 'setTimeout', 'setInterval'],
    'no-restricted-syntax': [
      'error',
      ...(ring === 'adapters'
        ? []
        : [
            { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'ask the Clock port' },
            { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: 'ask the Clock port' },
            { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: 'ask the RandomBytes port' },
          ]),
      spreadArguments,
      { selector: 'ExportAllDeclaration', message: 'only src/index.ts re-exports' },
      { selector: 'CallExpression[callee.object.name="JSON"][callee.property.name="parse"]', message: 'use readJson of encoding/json.ts' },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: `${import.meta.dirname}/..` } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Map and RegExp look-ups proved by the line above are asserted, not re-checked.
      '@typescript-eslint/no-non-null-assertion': 'error',
      // An async signature is often the port's, not the function's, need.
      '@typescript-eslint/require-await': 'off',
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 20],
      'no-console': 'error',
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 500 }],
      'no-console': 'off',
    },
  },
  ...ringImportRules,
  ...ringRules,
  {
    // Work on text from outside is linear in its length (decision 0022).
    files: ['src/**/*.ts'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential', ignorePartial: false }],
    },
  },
  {
    files: ['src/cli/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', spreadArguments] },
  },
  {
    files: ['src/cli/**/*.ts'],
    ignores: ['src/cli/run/keys.ts', 'src/cli/main.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*'], message: 'the outside is reached through ports/' }] },
      ],
      'no-restricted-globals': ['error', 'process', 'console', 'fetch'],
    },
  },
);
