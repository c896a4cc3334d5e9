// What of a text is shown: nothing that steers a terminal, hides or reorders what is read.
import { expect, test } from 'bun:test'
import { visibleText } from '../../../src/timeline/visible-text.ts'

test.each([
  ['what is approved', 'Yes\u202edelete', 'Yes⟨U+202E⟩delete'],
  ['a name with another ending', 'x\u202egnp.txt', 'x⟨U+202E⟩gnp.txt'],
  ['isolates', 'a\u2066b\u2069', 'a⟨U+2066⟩b⟨U+2069⟩'],
  ['a title of a terminal, colours, a bell', '\u001b]0;title\u0007\u001b[31mred\u001b[0m\u0007', 'red'],
  ['controls', 'a\u0000b\u009f\ufeffc\r\nd\te', 'abc\nd\te'],
  ['Arabic, Hebrew and their own marks as they are', 'مرحبا\u200f שלום', 'مرحبا\u200f שלום'],
])('%s', (_what, text, shown) => expect(visibleText(text)).toBe(shown))
