// Which text of a call can be written anew before it is allowed.
import { expect, test } from 'bun:test'
import { editableInput } from '../../../src/timeline/editable-input.ts'

test.each([
  ['Bash', { command: 'npm test', description: 'tests' }, { name: 'command', text: 'npm test' }],
  ['Write', { file_path: 'a.ts', content: '' }, { name: 'content', text: '' }],
  ['Edit', { file_path: 'a.ts', old_string: 'a', new_string: 'b' }, { name: 'new_string', text: 'b' }],
  ['WebFetch', { url: 'https://a.b', prompt: 'read' }, null],
  ['constructor', { content: 'x' }, null],
  ['Bash', {}, null],
  ['Bash', null, null],
  // What was cut by the relay is not all of it: sent back, the rest would be gone.
  ['Write', { file_path: 'a.ts', content: 'half of…' }, null],
  ['Edit', { file_path: 'a.ts', old_string: 'half of…', new_string: 'b' }, null],
] as const)('%s %j: %j', (tool, input, editable) => {
  expect(editableInput(tool, input)).toEqual(editable)
})
