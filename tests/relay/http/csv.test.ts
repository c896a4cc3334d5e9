// Tables for spreadsheets: what is quoted, and that nothing anybody typed is run.
import { expect, test } from 'bun:test'
import { csvLine } from '../../../relay/http/csv.ts'

test('quotes what holds a comma, a semicolon, a quote, a line end, or blanks at an edge', () => {
  expect(csvLine(['x,y', 'x;y', 'say "hi"', 'two\nlines', ' edge ', 'plain', null, undefined, true, 1.5])).toBe('"x,y","x;y","say ""hi""","two\nlines"," edge ",plain,,,true,1.5\r\n')
})

test('A7 nothing in it is a formula, also after blanks and in full width; numbers of ours stay numbers', () => {
  const formulas = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '  =1', '\ufeff=1', '＝SUM(1)', '＋1', '－1', '＠SUM(1)', '=HYPERLINK("x","y")']
  expect(formulas.filter((text) => !/^"?'/.test(csvLine([text])))).toEqual([])
  expect(csvLine([-1, '-1', 'Ada', 'a=b'])).toBe("-1,'-1,Ada,a=b\r\n")
})
