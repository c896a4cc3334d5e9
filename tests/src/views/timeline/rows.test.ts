// What the list and its cards know without being drawn: new things, copies, spans, sentences, questions, rules, errors.
import { describe, expect, test } from 'bun:test'
import { ERROR_CODES, ruleText } from '#protocol'
import english from '../../../../src/i18n/en/timeline.ts'
import below from '../../../../src/i18n/en/trouble.ts'
import { diffTexts } from '../../../../src/timeline/diff-hunks.ts'
import { answersOf, choose, chooseOther, isAnswered, NOTHING, questionsOf } from '../../../../src/views/timeline/question-steps.ts'
import type { Ask } from '../../../../src/timeline/timeline.ts'
import { askedKey, askedSubject, askedWords } from '../../../../src/views/timeline/asked-words.ts'
import { askTitle } from '../../../../src/views/timeline/ask-title.ts'
import { countNews, isSaid, isShifted, lastSentAt } from '../../../../src/views/timeline/row-facts.ts'
import { likeliest } from '../../../../src/views/timeline/likeliest-place.ts'
import { diffRows } from '../../../../src/views/timeline/diff-rows.ts'
import { exactText } from '../../../../src/views/timeline/exact-text.ts'
import { indentOf, mergeSpans } from '../../../../src/views/timeline/merge-spans.ts'
import { nextSentence } from '../../../../src/views/timeline/spoken-sentence.ts'
import { outcomeWords, troubleWords } from '../../../../src/views/timeline/trouble-words.ts'
import { planFiles, planSteps } from '../../../../src/views/timeline/plan-steps.ts'
import { readableOutput } from '../../../../src/views/timeline/readable-output.ts'
import { relativePath } from '../../../../src/views/timeline/relative-path.ts'
import { ruleWithin, ruleWords } from '../../../../src/views/timeline/rule-words.ts'
import { splitMentions } from '../../../../src/views/timeline/split-mentions.ts'
import type { TimelineOutboxItem, TimelineRow } from '../../../../src/views/timeline/timeline-view.ts'

const row = (kind: string, key: string) => ({ kind, key }) as TimelineRow

test('news are things, not lines between them; a row that is gone counts nothing', () => {
  const rows = [row('text', 'a'), row('day', 'b'), row('turn', 'c'), row('tool', 'd'), row('outcome', 'e'), row('prompt', 'f')]
  expect(countNews(rows, 'a')).toBe(2)
  expect(countNews(rows, 'f')).toBe(0)
  expect(countNews(rows, 'gone')).toBe(0)
})

test('only rows put before the first one shift the list', () => {
  const old = [row('text', 'a'), row('text', 'b')]
  expect(isShifted(old, [row('text', 'x'), ...old])).toBe(true)
  expect(isShifted(old, [...old, row('text', 'x')])).toBe(false)
  expect(isShifted([], old)).toBe(false)
})

test('what one sends is followed, a prompt written anew as well, which has no row of its own', () => {
  const item = (createdAt: number, type: string, data: object, text = 'x') => ({ id: `i${createdAt}`, createdAt, type, data, text, state: 'sending' }) as unknown as TimelineOutboxItem
  const prompt = item(1, 'claude_message', {})
  const anew = item(3, 'session_command', { command: 'rewind' })
  const back = item(5, 'session_command', { command: 'rewind' }, '')
  const other = item(7, 'session_command', { command: 'queue_edit' })
  expect([lastSentAt([]), lastSentAt([prompt]), lastSentAt([prompt, anew]), lastSentAt([anew, back, other])]).toEqual([0, 1, 3, 3])
  expect([prompt, item(2, 'session_command', { command: 'note' }), anew, back, other].map(isSaid)).toEqual([true, true, false, false, false])
})

test('of the places in a drawn row the one with the same words around it is the match', () => {
  const places = [{ before: 'read src/', after: '' }, { before: 'import "', after: '" from' }, { before: 'the\n  import "', after: '" from' }]
  expect(likeliest(places, { before: '/w/src/', after: '' }, 0)).toBe(0)
  expect(likeliest(places, { before: 'the import "', after: '" from' }, 0)).toBe(2)
  expect(likeliest(places.slice(0, 2).concat(places[1]!), { before: 'import "', after: '" from' }, 1)).toBe(2)
  expect(likeliest(places, { before: '?', after: '?' }, 9)).toBe(2)
})

test('what is asked for hides nothing', () => {
  expect(exactText('rm -rf a\u202e\u200b/\u00a0b\r\n\tc')).toBe('rm -rf a⟨U+202E⟩⟨U+200B⟩/⟨U+00A0⟩b⟨U+000D⟩\n\tc')
  expect(exactText('a\u{e0041}b\u3164')).toBe('a⟨U+E0041⟩b⟨U+3164⟩')
  expect(exactText('한국어 👩‍💻 ok')).toBe('한국어 👩‍💻 ok')
  expect(exactText('x\u200dy')).toBe('x⟨U+200D⟩y')
})

test('colours and changed words of a line are cut at the borders of both', () => {
  const words = [{ text: 'a bc', changed: false }, { text: 'd', changed: true }]
  expect(mergeSpans(words, [{ text: 'a ', kind: 'keyword' }, { text: 'bcd', kind: '' }])).toEqual([
    { text: 'a ', kind: 'keyword', changed: false },
    { text: 'bc', kind: '', changed: false },
    { text: 'd', kind: '', changed: true },
  ])
  expect(mergeSpans(words, [{ text: 'other', kind: 'keyword' }]).map((span) => span.kind)).toEqual(['', ''])
  expect([indentOf('  x'), indentOf('\tx'), indentOf(' \tx'), indentOf('x'), indentOf(' '.repeat(90))]).toEqual([2, 2, 2, 0, 24])
})

test('a diff as rows: folds until they are opened, pairs side by side', () => {
  const same = Array.from({ length: 20 }, (_each, at) => `line ${at}`).join('\n')
  const diff = diffTexts(`${same}\nold\n`, `${same}\nnew\nmore\n`, { startLine: 1 })
  const rows = diffRows(diff, { sides: false, opened: new Set() })
  expect(rows[0]).toMatchObject({ kind: 'fold', lines: 17 })
  expect(rows.filter((each) => each.kind === 'line')).toHaveLength(6)
  expect(diffRows(diff, { sides: false, opened: 'all' })).toHaveLength(23)
  expect(diffRows(diff, { sides: true, opened: new Set() }).at(-1)).toMatchObject({ kind: 'pair', left: null, right: { text: 'more' } })
})

test('what a hunk stands in is said once, and by no word that only looks like a name', () => {
  const heads = (before: string, after: string) => diffRows(diffTexts(before, after, { startLine: 1 }), { sides: false, opened: new Set() }).flatMap((each) => (each.kind === 'heading' ? each.name : []))
  const body = Array.from({ length: 9 }, (_each, at) => `  line(${at})`).join('\n')
  expect(heads(`export async function receive(a) {\n${body}\n  old\n}`, `export async function receive(a) {\n${body}\n  new\n}`)).toEqual(['receive'])
  expect(heads(`const take = (a: A): B => {\n  if (a) {\n    old\n${body}\n  old\n}`, `const take = (a: A): B => {\n  if (a) {\n    new\n${body}\n  new\n}`)).toEqual(['take'])
  expect(heads('class Bucket:\n  def take(self):\n    old', 'class Bucket:\n  def take(self):\n    new')).toEqual(['take'])
  expect([heads('{\n  "a": 1\n}', '{\n  "a": 2\n}'), heads('', 'function a() {\n}')]).toEqual([[], []])
  expect(heads(`  old(${'): a '.repeat(400_000)}`, `  new(${'): a '.repeat(400_000)}`), 'a line without end').toEqual([])
})

test('a sentence is said when it is whole, without marks and code', () => {
  expect(nextSentence('It **works', 0)).toBeNull()
  const text = 'It **works** now. See [this](http://x).\n\n```ts\na. b.\n```\nAnd 3.5 is fine'
  const first = nextSentence(text, 0)!
  expect(first.words).toBe('See this.')
  expect(nextSentence(text, first.end)).toBeNull()
  expect(nextSentence('한도가 잘 지켜집니다. 두 가지', 0)!.words).toBe('한도가 잘 지켜집니다.')
})

describe('questions', () => {
  const [one, many] = questionsOf({
    questions: [
      { question: 'A?', header: 'a', options: [{ label: 'x', description: 'd' }, { label: 'y' }] },
      { question: 'B?', multiSelect: true, options: [{ label: 'p' }, { label: 'q' }, { odd: 1 }] },
    ],
  })

  test('one takes the place of another, many go on and off, in the order they were offered', () => {
    expect(choose(one!, choose(one!, NOTHING, 'x'), 'y')).toEqual({ labels: ['y'], other: null })
    expect(choose(many!, choose(many!, NOTHING, 'q'), 'p').labels).toEqual(['p', 'q'])
    expect(choose(many!, { labels: ['p', 'q'], other: null }, 'p').labels).toEqual(['q'])
    expect(many!.choices.map((choice) => choice.label)).toEqual(['p', 'q'])
  })

  test('words of one’s own replace a single choice and stand beside many', () => {
    expect(chooseOther(one!, { labels: ['x'], other: null })).toEqual({ labels: [], other: '' })
    expect(chooseOther(many!, { labels: ['p'], other: null })).toEqual({ labels: ['p'], other: '' })
    expect(isAnswered({ labels: [], other: '  ' })).toBe(false)
    expect(answersOf([one!, many!], [{ labels: ['x'], other: null }, { labels: ['p'], other: ' more ' }])).toEqual({ 'A?': 'x', 'B?': ['p', 'more'] })
  })

  test('odd input has no questions', () => expect([questionsOf(null), questionsOf({ questions: 3 })]).toEqual([[], []]))
})

test('cards and rules in words', () => {
  expect(askTitle({ tool: 'Bash', input: { command: 'ls' } })).toEqual({ key: 'run', what: 'Bash' })
  expect(askTitle({ tool: 'mcp__pg__query', input: {} })).toEqual({ key: 'mcp', what: 'pg · query' })
  expect(askTitle({ tool: 'WebSearch', input: { query: 'x' } }).key).toBe('search')
  expect(askTitle({ tool: 'Crane', input: {} })).toEqual({ key: 'mcp', what: 'Crane' })
  expect(ruleWords({ tool: 'Bash', content: 'npm test:*' })).toEqual({ key: 'commandsLike', what: 'npm test' })
  expect(ruleWords({ tool: 'Edit', content: '//home/m/code/**' })).toEqual({ key: 'editIn', what: '/home/m/code' })
  const within = (content: string) => ruleWithin({ tool: 'Edit', content }, '/home/m/code')
  expect([ruleWords(within('//home/m/code/**')).key, ruleText(within('//home/m/code/**'))]).toEqual(['editHere', 'Edit(./**)'])
  expect(ruleWords(within('//home/m/code/src/**'))).toEqual({ key: 'editIn', what: 'src' })
  expect(ruleWords({ tool: 'Read', content: './src/a.ts' })).toEqual({ key: 'readOne', what: 'src/a.ts' })
  expect([ruleWords({ tool: 'Bash' }), ruleWords({ tool: 'mcp__pg__query' }), ruleWords({ tool: 'Bash', content: 'git diff *' })]).toEqual([
    { key: 'commands', what: 'Bash' },
    { key: 'tool', what: 'pg · query' },
    { key: 'commandsLike', what: 'git diff' },
  ])
  expect(ruleText(within('//home/m/codex/**'))).toBe('Edit(//home/m/codex/**)')
  expect(ruleWords({ tool: 'WebFetch', content: 'domain:x.org' })).toEqual({ key: 'host', what: 'x.org' })
  expect([ruleText({ tool: 'Bash', content: 'ls' }), ruleText({ tool: 'Read' })]).toEqual(['Bash(ls)', 'Read'])
})

test('who answered a card how, for how long, and about what: never by the name of a tool that has words', () => {
  const ask = (request: object, state: string, details: object = {}) => ({ request: { kind: 'tool', tool: 'Bash', input: { command: 'npm test' }, ...request }, state, resolved: { by: null, at: 0, details } }) as unknown as Ask
  const rule = { tool: 'Bash', content: 'npm test:*' }
  const settled = [ask({}, 'allowed', { scope: 'once', rule }), ask({}, 'allowed', { scope: 'session', rule }), ask({}, 'allowed', { scope: 'always', rule }), ask({}, 'denied'), ask({}, 'withdrawn')]
  expect(settled.map((each) => [askedKey(each), askedWords(each, '').what, askedSubject(each, '')])).toEqual([
    ['allowedOnce', 'npm test', 'npm test'],
    ['allowedSession', 'npm test:*', 'npm test'],
    ['allowedAlways', 'npm test:*', 'npm test'],
    ['denied', 'npm test', 'npm test'],
    [null, 'npm test', 'npm test'],
  ])
  const folder = ask({ tool: 'Edit', input: { file_path: '/w/a.ts' } }, 'allowed', { scope: 'always', rule: { tool: 'Edit', content: '//w/**' } })
  expect([askedWords(settled[1]!, '').rule, askedWords(folder, '/w').rule, askedSubject(folder, '/w')]).toEqual([null, { key: 'editHere', what: '.' }, 'a.ts'])
  const question = { kind: 'question', tool: 'AskUserQuestion', input: { questions: [{ question: 'Which one?', options: [] }, { question: 'Why?', options: [] }] } }
  const answered = ask(question, 'allowed', { answers: { 'Which one?': 'The left' } })
  expect([askedKey(answered), askedWords(answered, '').answer, askedSubject(answered, '')]).toEqual(['answered', 'The left', 'Which one? · Why?'])
  expect(askedKey(ask(question, 'denied', { message: 'Skipped' }))).toBe('skipped')
  expect(askedKey(ask({ tool: 'Bash' }, 'allowed', { scope: 'once', updated_input: { command: 'ls' } }))).toBe('allowedChanged')
  const plan = { kind: 'plan', tool: 'ExitPlanMode', input: { plan: '# Move it\n\n1. First' } }
  expect([askedKey(ask(plan, 'allowed', { scope: 'once' })), askedKey(ask(plan, 'allowed', { scope: 'session' })), askedKey(ask(plan, 'denied')), askedSubject(ask(plan, 'denied'), '')]).toEqual(['approved', 'approvedAccepting', 'keptPlanning', 'Move it'])
})

test('errors: which card, which step', () => {
  expect(troubleWords({ cause: 'api_retry:529', args: { status: 529 }, level: 'warn' })).toEqual({ key: 'overloaded', step: 'none', code: '529' })
  expect(troubleWords({ cause: 'stalled', args: {}, level: 'warn' }).step).toBe('wait')
  expect(troubleWords({ cause: 'other:odd', args: {}, level: 'error' })).toEqual({ key: 'other', step: 'continue', code: '' })
  expect(outcomeWords({ status: 'failed', reason: null, error: { code: 'authentication_failed', message: '' } })?.key).toBe('signIn')
  expect(outcomeWords({ status: 'interrupted', reason: 'process_died', error: null })?.key).toBe('died')
  expect(outcomeWords({ status: 'interrupted', reason: 'budget', error: null })).toMatchObject({ key: 'budget', step: 'continue' })
  expect(outcomeWords({ status: 'interrupted', reason: 'person', error: null })).toBeNull()
  expect(outcomeWords({ status: 'completed', reason: null, error: null })).toBeNull()
})

test.each(ERROR_CODES)('a turn that ends with %s is told in our own words, not in those of the relay', (code) => {
  const words = outcomeWords({ status: 'failed', reason: null, error: { code, message: 'the folder of this session is no workspace any more' } })
  expect(words).toMatchObject({ step: 'continue', code })
  expect(english.trouble).toHaveProperty(words!.key, expect.any(String))
  expect(below.text).toHaveProperty(words!.key, expect.any(String))
})

test('a code of Claude that nobody knows is told with the words it came with', () => {
  expect(outcomeWords({ status: 'failed', reason: null, error: { code: 'odd', message: '' } })?.key).toBe('other')
})

test('small readings', () => {
  expect(splitMentions('see @src/a.ts, and me@x.org (@Jun).').filter((piece) => piece.mention).map((piece) => piece.text)).toEqual(['@src/a.ts', '@Jun'])
  expect(splitMentions('a @b').map((piece) => piece.text).join('')).toBe('a @b')
  expect([relativePath('/w/a/b.ts', '/w/a/'), relativePath('/w/ab.ts', '/w/a'), relativePath('/x', '')]).toEqual(['b.ts', '/w/ab.ts', '/x'])
  expect([planSteps('1. a\n2. b\n   - c'), planSteps('- a\n- b'), planSteps('```\n1. a\n```\nno')]).toEqual([2, 2, 0])
  expect([planFiles('1. Add `src/a.ts`, call `receive()`\n2. Change `a.ts` and docs/b.md.\n3. `npm test`, `console.log`'), planFiles('Nothing')]).toEqual([2, 0])
  expect(planFiles(`${'long'.repeat(500_000)} src/a.ts`), 'a word without end').toBe(1)
  expect(readableOutput('{"a":1}')).toEqual({ kind: 'fields', fields: { a: 1 } })
  expect(readableOutput('{broken')).toEqual({ kind: 'text', text: '{broken' })
  expect(readableOutput('[1]')).toEqual({ kind: 'text', text: '[\n  1\n]' })
  expect(readableOutput(null)).toEqual({ kind: 'text', text: '' })
})
