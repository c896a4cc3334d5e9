// What an answer to a permission request means, without any process.
import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { Refused, ruleText, type PermissionResponse } from '#protocol'
import { cutTexts } from '../../../relay/executions/cut-texts.ts'
import { answeredInput, continuation, decide, hashOfInput } from '../../../relay/executions/permission-request.ts'

const response = (rest: Partial<PermissionResponse>): PermissionResponse => ({ request_id: 'r', behavior: 'allow', ...rest })
const bash = { kind: 'tool' as const, tool: 'Bash', input: { command: 'npm test' }, suggestions: [{ tool: 'Bash', content: 'npm test:*' }, { tool: 'Bash', content: 'npm run:*' }] }
const questions = { questions: [{ question: 'Which colour?', options: [] }, { question: 'Which sizes?', multiSelect: true, options: [] }] }
const question = { kind: 'question' as const, tool: 'AskUserQuestion', input: questions, suggestions: [] }
const refusal = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    return error instanceof Refused ? error.code : error
  }
  return 'not refused'
}

test('the hash of an input does not depend on the order of its keys, and on everything else', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 8 }), (input) => {
      const turned = Object.fromEntries(Object.entries(input).reverse())
      expect(hashOfInput(turned)).toBe(hashOfInput(input))
    }),
  )
  expect(hashOfInput({ a: [1, 2] })).not.toBe(hashOfInput({ a: [2, 1] }))
  expect(hashOfInput({ a: '1' })).not.toBe(hashOfInput({ a: 1 }))
  expect(hashOfInput({})).not.toBe(hashOfInput({ a: null }))
})

test('allow once brings no rules; session and always bring the offered ones or the chosen one', () => {
  expect(decide(bash, response({})).rules).toEqual([])
  expect(decide(bash, response({ scope: 'session' })).rules.map(ruleText)).toEqual(['Bash(npm test:*)', 'Bash(npm run:*)'])
  expect(decide(bash, response({ scope: 'always', rule: { tool: 'Bash', content: 'npm run:*' } })).rules.map(ruleText)).toEqual(['Bash(npm run:*)'])
})

test('where no rule was offered nothing can be allowed for longer: the bare tool would be all that it can do', () => {
  const bare = { ...bash, suggestions: [] }
  for (const scope of ['session', 'always'] as const) {
    expect(refusal(() => decide(bare, response({ scope })))).toBe('VALIDATION')
    expect(refusal(() => decide(bare, response({ scope, rule: { tool: 'Bash' } })))).toBe('VALIDATION')
  }
  expect(decide(bare, response({})).behavior).toBe('allow')
})

test('a rule that was not offered, or one without a scope, is refused', () => {
  expect(refusal(() => decide(bash, response({ scope: 'session', rule: { tool: 'Bash' } })))).toBe('VALIDATION')
  expect(refusal(() => decide(bash, response({ rule: { tool: 'Bash', content: 'npm test:*' } })))).toBe('VALIDATION')
})

test('deny carries the reason and never a rule, an input or an answer', () => {
  const decision = decide(bash, response({ behavior: 'deny', scope: 'always', message: ' not now ', updated_input: { command: 'rm' } }))
  expect(decision).toMatchObject({ behavior: 'deny', scope: 'once', message: 'not now', rules: [], updatedInput: null })
})

test('P5 an empty updated input is none: the tool gets what was shown, and nothing else is told', () => {
  expect(decide(bash, response({ updated_input: {} })).updatedInput).toBeNull()
  expect(decide(bash, response({ updated_input: { command: 'ls' } })).updatedInput).toEqual({ command: 'ls' })
})

test('answers become what the CLI expects: one text per question', () => {
  const answers = { 'Which colour?': 'Blue', 'Which sizes?': ['S', 'M'] }
  const decision = decide(question, response({ answers }))
  expect(decision.updatedInput).toEqual({ ...questions, answers: { 'Which colour?': 'Blue', 'Which sizes?': 'S, M' } })
  expect(refusal(() => decide(question, response({ answers: { 'Which colour?': 'Blue' } })))).toBe('VALIDATION')
  expect(refusal(() => decide(question, response({})))).toBe('VALIDATION')
  expect(refusal(() => decide(question, response({ answers, scope: 'always' })))).toBe('VALIDATION')
  expect(refusal(() => decide(bash, response({ answers })))).toBe('VALIDATION')
})

test('Claude gets back all that it asked, also where people were shown a part of it', () => {
  const preview = 'x'.repeat(100_000)
  const question = `Which? ${'y'.repeat(50_000)}`
  const input = { questions: [{ question, options: [{ label: 'A', preview }] }, { question: 'Sure?', options: [] }] }
  const shown = cutTexts(input)
  expect(shown.questions[0]!.question).not.toBe(question)
  const { answers } = decide({ kind: 'question', tool: 'AskUserQuestion', input: shown, suggestions: [] }, { request_id: 'r', behavior: 'allow', answers: { [shown.questions[0]!.question]: 'A', 'Sure?': 'yes' } })
  expect(answeredInput(input, shown, answers!)).toEqual({ ...input, answers: { [question]: 'A', 'Sure?': 'yes' } })
})

test('a plan approved for the session accepts edits from then on', () => {
  const plan = { kind: 'plan' as const, tool: 'ExitPlanMode', input: { plan: '1.' }, suggestions: [] }
  expect(decide(plan, response({})).acceptEdits).toBe(false)
  expect(decide(plan, response({ scope: 'session' })).acceptEdits).toBe(true)
  expect(refusal(() => decide(plan, response({ scope: 'always' })))).toBe('VALIDATION')
})

test('the continuation holds the input as a block of code that nothing in it can end, and says when the call may have run', () => {
  const input = { command: 'cat <<x\n````\nx' }
  const text = continuation({ ...bash, input }, decide(bash, response({})), 'Grace')
  const block = /^(`{3,})json\n([\s\S]*?)\n\1$/m.exec(text)!
  expect([block[1], JSON.parse(block[2]!)]).toEqual(['`````', input])
  expect(continuation(bash, decide(bash, response({})), 'Grace', true)).toContain('It may have run or not. Look whether it has had its effect.')
})

test('the continuation names the person, the tool and the reason', () => {
  expect(continuation(bash, decide(bash, response({})), 'Grace')).toContain('Grace has now allowed it. Call Bash again')
  const denied = decide(bash, response({ behavior: 'deny', message: 'too slow' }))
  expect(continuation(bash, denied, 'Grace')).toContain('Grace has refused it and said: too slow')
})
