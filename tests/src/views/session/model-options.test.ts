// The menu of models: what is offered, what is chosen, and how names are read.
import { expect, test } from 'bun:test'
import { modelName, modelOptions } from '../../../../src/views/session/model-options.ts'

test.each([
  ['claude-opus-4-1-20250805', 'Opus 4.1'],
  ['claude-sonnet-5', 'Sonnet 5'],
  ['opus', 'Opus'],
  ['my-gateway/model', 'My-gateway/model'],
])('%p reads %p', (model, name) => {
  expect(modelName(model)).toBe(name)
})

test('what is chosen can always be seen, though nobody offers it any more', () => {
  const offered = [{ value: 'sonnet', name: 'Sonnet' }]
  expect(modelOptions(offered, 'claude-opus-4-1-20250805', 'Default').map((each) => each.id)).toEqual(['claude-opus-4-1-20250805', 'sonnet'])
  expect(modelOptions(offered, 'sonnet', 'Default').map((each) => each.id)).toEqual(['sonnet'])
  expect(modelOptions(offered, null, 'Default')[0]).toEqual({ id: 'default', label: 'Default' })
})

test('a default that the CLI offers itself stands once, in the language of the reader', () => {
  expect(modelOptions([{ value: 'default', name: 'Default (recommended)' }, { value: 'opus', name: 'Opus (legacy)' }], null, '기본값').map((each) => each.label)).toEqual(['기본값', 'Opus'])
})
