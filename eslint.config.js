// What the linter holds: types imported as types, templates read fully, and the house rules that a machine can check.
import vue from 'eslint-plugin-vue'
import { defineConfig } from 'eslint/config'
import globals from 'globals'
import typescript from 'typescript-eslint'

/** Time and randomness are handed in (a Clock, a random source), so that tests can move them. */
const ambient = {
  'no-restricted-globals': [
    'error',
    { name: 'setTimeout', message: 'Use the clock that is handed in.' },
    { name: 'setInterval', message: 'Use the clock that is handed in.' },
    { name: 'setImmediate', message: 'Use the clock that is handed in.' },
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: 'Use the clock that is handed in.' },
    { object: 'performance', property: 'now', message: 'Use the clock that is handed in.' },
    { object: 'Math', property: 'random', message: 'Use the random source that is handed in.' },
    { object: 'globalThis', property: 'setTimeout', message: 'Use the clock that is handed in.' },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Use the clock that is handed in.' },
    {
      selector: 'CallExpression[callee.object.name="crypto"][callee.property.name=/^(randomUUID|getRandomValues)$/]',
      message: 'Use the random source that is handed in.',
    },
  ],
}

/** Of the core rules those that find mistakes; how things look is for the eye. */
const core = Object.fromEntries(
  [
    'constructor-super', 'for-direction', 'getter-return', 'no-async-promise-executor', 'no-case-declarations',
    'no-class-assign', 'no-compare-neg-zero', 'no-cond-assign', 'no-const-assign', 'no-constant-binary-expression', 'no-constant-condition',
    'no-constructor-return', 'no-debugger', 'no-dupe-class-members', 'no-dupe-else-if', 'no-dupe-keys',
    'no-duplicate-case', 'no-empty', 'no-empty-character-class', 'no-empty-pattern', 'no-ex-assign', 'no-extra-boolean-cast',
    'no-fallthrough', 'no-func-assign', 'no-global-assign', 'no-implied-eval', 'no-invalid-regexp', 'no-irregular-whitespace',
    'no-loss-of-precision', 'no-misleading-character-class', 'no-new-native-nonconstructor', 'no-obj-calls',
    'no-prototype-builtins', 'no-regex-spaces', 'no-self-assign', 'no-self-compare', 'no-setter-return', 'no-shadow-restricted-names',
    'no-sparse-arrays', 'no-template-curly-in-string', 'no-this-before-super', 'no-unassigned-vars', 'no-unexpected-multiline',
    'no-unreachable', 'no-unreachable-loop', 'no-unsafe-finally', 'no-unsafe-negation',
    'no-unsafe-optional-chaining', 'no-unused-labels', 'no-unused-private-class-members', 'no-useless-assignment', 'no-useless-backreference',
    'no-useless-catch', 'no-useless-escape', 'no-with', 'preserve-caught-error', 'require-yield', 'use-isnan', 'valid-typeof',
  ].map((rule) => [rule, 'error']),
)

export default defineConfig(
  { ignores: ['dist/**', 'dist-client/**', 'node_modules/**', 'test-results/**', 'playwright-report/**', '**/*.d.ts', 'public/*.js'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  { rules: core },
  ...typescript.configs.recommended,
  ...vue.configs['flat/recommended'],

  {
    files: ['**/*.{ts,vue,js,mjs}'],
    languageOptions: {
      ecmaVersion: 'latest',
      sourceType: 'module',
      parserOptions: { parser: typescript.parser, extraFileExtensions: ['.vue'] },
    },
    rules: {
      // TypeScript knows the names; the rule does not.
      'no-undef': 'off',
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'prefer-const': 'error',
      'no-var': 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'object-shorthand': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none', ignoreRestSiblings: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/protocol/index.ts', '**/src/protocol/*'], message: "The contract is imported as '#protocol'." }] },
      ],
    },
  },

  {
    files: ['src/**/*.vue'],
    languageOptions: { globals: globals.browser },
    rules: {
      'vue/no-v-html': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/component-name-in-template-casing': ['error', 'PascalCase', { registeredComponentsOnly: false, ignores: ['component', 'slot', 'template'] }],
      'vue/define-macros-order': ['error', { order: ['defineOptions', 'defineModel', 'defineProps', 'defineEmits', 'defineSlots'] }],
      'vue/define-emits-declaration': ['error', 'type-based'],
      'vue/define-props-declaration': ['error', 'type-based'],
      'vue/html-button-has-type': 'error',
      'vue/no-empty-component-block': 'error',
      'vue/no-ref-object-reactivity-loss': 'error',
      'vue/no-required-prop-with-default': 'error',
      'vue/no-root-v-if': 'off',
      'vue/no-template-target-blank': 'error',
      'vue/no-undef-components': ['error', { ignorePatterns: ['RouterView', 'RouterLink'] }],
      'vue/no-undef-directives': 'error',
      'vue/no-unused-emit-declarations': 'error',
      'vue/no-unused-properties': 'error',
      'vue/no-unused-refs': 'error',
      'vue/no-useless-mustaches': 'error',
      'vue/no-useless-v-bind': 'error',
      'vue/no-import-compiler-macros': 'error',
      'vue/prefer-true-attribute-shorthand': 'error',
      'vue/prefer-use-template-ref': 'error',
      'vue/require-typed-ref': 'error',
      'vue/v-for-delimiter-style': 'error',
      'vue/valid-define-options': 'error',
      'vue/no-deprecated-delete-set': 'error',

      // TypeScript sees that every case of a union returns.
      'vue/return-in-computed-property': 'off',
      // Booleans that are absent are false; everything else has its default where it is destructured.
      'vue/require-default-prop': 'off',
      // The first name says what it is: Ui…, and views have several words anyway.
      'vue/multi-word-component-names': 'off',
      // How lines are broken is no question of right and wrong.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': ['error', { html: { void: 'always', normal: 'always', component: 'always' } }],
      'vue/html-closing-bracket-newline': 'off',
      'vue/html-indent': 'off',
      'vue/first-attribute-linebreak': 'off',
    },
  },

  // Sanitised HTML enters the page in one place.
  { files: ['src/ui/RenderedMarkdown.vue'], rules: { 'vue/no-v-html': 'off' } },

  { files: ['src/**/*.ts'], languageOptions: { globals: globals.browser } },
  { files: ['relay/**/*.ts', 'tests/**/*.ts', '*.ts', '*.js', '**/*.mjs'], languageOptions: { globals: { ...globals.node, Bun: 'readonly' } } },

  { files: ['src/{client,connection,timeline,uploads,collaboration,stores}/**/*.ts', 'relay/**/*.ts'], rules: ambient },
  // The clocks themselves, and the two places that compose everything.
  {
    files: ['src/clock.ts', 'src/main.ts', 'src/services.ts', 'relay/clock.ts', 'relay/main.ts', 'relay/cli/**'],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off', 'no-restricted-syntax': 'off' },
  },
  // The demo model is a program of its own that plays Anthropic's part.
  { files: ['relay/demo/**'], rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off', 'no-restricted-syntax': 'off' } },

  // The command line speaks on the terminal; so do the test runner and the benchmarks.
  { files: ['relay/cli/**', 'relay/demo/**', 'relay/main.ts', 'relay/observability/log.ts', 'src/services.ts', 'src/client.ts', 'tests/**', '*.config.*'], rules: { 'no-console': 'off' } },

  {
    files: ['tests/**/*.ts'],
    rules: { '@typescript-eslint/no-explicit-any': 'off' },
  },
)
