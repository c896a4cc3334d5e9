// What tells files of one name apart, and which tab a panel opens with.
import { expect, test } from 'bun:test'
import { panelTabOf } from '../../../../src/views/session/panel-tab.ts'
import { tellApart } from '../../../../src/views/session/tell-apart.ts'

test('files of one name are told apart by as little of their folders as does; others need none', () => {
  const told = (...files: [name: string, outOf: string][]) => {
    const apart = tellApart(files.map(([name, outOf], at) => ({ id: String(at), name, outOf })))
    return files.map((_, at) => apart.get(String(at)) ?? null)
  }
  expect(told(['a.ts', 'x'], ['b.ts', 'x'])).toEqual([null, null])
  expect(told(['a.ts', 'app/src'], ['a.ts', 'app/tests'])).toEqual(['src', 'tests'])
  expect(told(['a.ts', 'app/web/src'], ['a.ts', 'app/api/src'], ['a.ts', ''])).toEqual(['web/src', 'api/src', null])
  expect(told(['a.ts', 'src'], ['a.ts', 'app/src'])).toEqual(['src', 'app/src'])
  expect(told(['a.ts', 'src'], ['a.ts', 'src'])).toEqual([null, null])
})

test('the panel opens with the tab it was left at, and with the first where that is none', () => {
  expect(['files', 'log', 'now', 'gone', null].map(panelTabOf)).toEqual(['files', 'log', 'now', 'now', 'now'])
})
