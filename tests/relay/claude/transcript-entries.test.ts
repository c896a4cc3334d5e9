// What people typed, out of what the CLI made of it.
import { expect, test } from 'bun:test'
import { promptOf } from '../../../relay/claude/transcript-entries.ts'

const prompt = (content: string) => promptOf({ uuid: 'u', parent: null, type: 'user', fields: { message: { content } }, at: 0 })

test('commands and lines for the shell are as they were typed', () => {
  expect(prompt('<command-name>/x</command-name>\n<command-args>two\nlines</command-args> <command-args>more</command-args>')).toBe('/x two\nlines')
  expect(prompt('<command-name>/x</command-name><command-args>no end')).toBe('/x')
  expect(prompt('<bash-input>ls</bash-input>')).toBe('! ls')
  expect(prompt('say <bash-input>ls</bash-input>')).toBe('say <bash-input>ls</bash-input>')
})

// By the square of its length this would take hours.
test('a prompt of nothing but beginnings is read in one go', () => {
  expect(prompt(`<command-name>/x</command-name>${'<command-args>'.repeat(1_000_000)}`)).toBe('/x')
})
