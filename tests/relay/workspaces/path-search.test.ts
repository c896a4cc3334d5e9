// Completion of paths: what git would track, ranked by name first, never a way out, and no program of the repository run.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInside } from '../../../relay/workspaces/inside.ts'
import { listPaths } from '../../../relay/workspaces/list-paths.ts'
import { createPathSearch } from '../../../relay/workspaces/path-search.ts'
import { indexPaths, rankPaths } from '../../../relay/workspaces/rank-paths.ts'
import { systemClock } from '../../../relay/clock.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { type Folder, tempFolder } from './folder.ts'

let folder: Folder
beforeEach(() => void (folder = tempFolder()))
afterEach(() => folder.remove())

const filesIn = async (path = folder.path) => (await listPaths(path, systemClock)).entries.filter(({ kind }) => kind === 'file').map((entry) => entry.path).sort()

describe('ranking', () => {
  const index = indexPaths(
    ['src/app.ts', 'src/app/main.ts', 'src/views/App.vue', 'tests/app.test.ts', 'docs/apple.md', 'lib/wrapper.ts', 'src/mapped/index.ts', 'README.md', 'src/한글/설명서.md', 'a/p/p.txt'].map((path) => ({ path, kind: 'file' as const })),
  )
  const found = (q: string, limit = 20) => rankPaths(index, q, limit).entries.map(({ path }) => path)

  test('an exact name, then names that begin so, then names that have it, then folders, then letters in order', () => {
    expect(found('app.ts')).toEqual(['src/app.ts', 'lib/wrapper.ts', 'tests/app.test.ts', 'src/app/main.ts', 'src/mapped/index.ts'])
    expect(found('app')).toEqual(['src/app.ts', 'docs/apple.md', 'src/views/App.vue', 'tests/app.test.ts', 'lib/wrapper.ts', 'src/app/main.ts', 'src/mapped/index.ts', 'a/p/p.txt'])
  })

  test('any case; Hangul in parts or in one', () => {
    expect(found('readme')).toEqual(['README.md'])
    expect(found('설명'.normalize('NFD'))).toEqual(['src/한글/설명서.md'])
  })

  test('with a slash the path counts, and what lies in that folder comes first', () => {
    expect(found('src/')).toEqual(['src/app.ts', 'src/한글/설명서.md', 'src/app/main.ts', 'src/views/App.vue', 'src/mapped/index.ts'])
    expect(found('src/app')).toEqual(['src/app.ts', 'src/app/main.ts', 'src/views/App.vue', 'src/mapped/index.ts'])
  })

  test('limits say that there was more', () => {
    expect(rankPaths(index, 'app', 2)).toEqual({ entries: [{ path: 'src/app.ts', kind: 'file' }, { path: 'docs/apple.md', kind: 'file' }], more: true })
    expect(rankPaths(index, 'zzz', 2)).toEqual({ entries: [], more: false })
  })

  test('without a text: the root, folders first', () => {
    const roots = indexPaths([{ path: 'b.txt', kind: 'file' }, { path: 'z', kind: 'folder' }, { path: 'z/in', kind: 'file' }, { path: 'a.txt', kind: 'file' }])
    expect(rankPaths(roots, ' ', 10).entries.map(({ path }) => path)).toEqual(['z', 'a.txt', 'b.txt'])
  })
})

describe('with git', () => {
  beforeEach(() => folder.run('git', 'init', '-q'))

  test('tracked and new files, none that are ignored, names of every kind', async () => {
    folder.write('.gitignore', 'dist/\n*.log\n')
    for (const path of ['src/a.ts', 'dist/out.js', 'x.log', '한글 파일.txt', "quote'\"s.txt", 'node_modules/m/i.js']) folder.write(path, 'x')
    folder.run('git', 'add', 'src/a.ts')
    expect(await filesIn()).toEqual(['.gitignore', 'node_modules/m/i.js', "quote'\"s.txt", 'src/a.ts', '한글 파일.txt'].sort())
  })

  test('in a folder of a repository, only what is in that folder', async () => {
    folder.write('outside.txt')
    folder.write('part/in.txt')
    expect(await filesIn(join(folder.path, 'part'))).toEqual(['in.txt'])
  })

  test('nothing that the repository names is run, and no other tree than its own is listed', async () => {
    folder.write('a.txt')
    folder.write('evil.sh', `#!/bin/sh\ntouch ${folder.path}/ran\n`)
    folder.run('chmod', '+x', 'evil.sh')
    folder.run('git', 'add', 'a.txt')
    for (const [name, value] of [
      ['core.fsmonitor', `${folder.path}/evil.sh`],
      ['core.hooksPath', folder.path],
      ['core.pager', `${folder.path}/evil.sh`],
      ['core.worktree', '/etc'],
      ['alias.ls-files', `!${folder.path}/evil.sh`],
    ]) folder.run('git', '-c', 'core.fsmonitor=false', '--work-tree=.', 'config', name!, value!)
    folder.write('post-index-change', `#!/bin/sh\ntouch ${folder.path}/ran\n`)
    folder.run('chmod', '+x', 'post-index-change')
    expect(await filesIn()).toEqual(['a.txt', 'evil.sh', 'post-index-change'])
    expect(existsSync(join(folder.path, 'ran'))).toBe(false)
  })

  test('a broken repository is walked instead', async () => {
    folder.write('.git/HEAD', 'nonsense')
    folder.write('a.txt')
    expect(await filesIn()).toEqual(['a.txt'])
  })
})

describe('without git', () => {
  test('a walk that leaves out what nobody means and follows no folder links', async () => {
    for (const path of ['a.txt', 'b/c/d.txt', 'node_modules/m/i.js', '.git/config', 'dist/x']) folder.write(path)
    folder.link('etc', '/etc')
    folder.link('loop', '.')
    const { entries, truncated } = await listPaths(folder.path, systemClock)
    expect(entries.map(({ path, kind }) => `${kind} ${path}`).sort()).toEqual(['file a.txt', 'file b/c/d.txt', 'file dist/x', 'file etc', 'file loop', 'folder b', 'folder b/c', 'folder dist'].sort())
    expect(truncated).toBe(false)
  })
})

describe('what is shown', () => {
  test('is there, lies inside, and is a file or a folder', async () => {
    for (const path of ['find-me.txt', 'find-folder/.x']) folder.write(path)
    folder.link('find-out', '/etc/passwd')
    folder.link('find-within', 'find-me.txt')
    folder.fifo('find-fifo')
    const search = createPathSearch({ clock: manualClock(), inside: createInside() })
    const paths = (await search.find(folder.path, { q: 'find' })).paths.filter(({ path }) => !path.includes('/'))
    const within = createInside().method === 'beneath' ? [{ path: 'find-within', kind: 'file' as const }] : []
    expect(paths.sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual([{ path: 'find-folder', kind: 'folder' }, { path: 'find-me.txt', kind: 'file' }, ...within])
  })

  test('is read again after a few seconds, and what is gone meanwhile is not shown', async () => {
    const clock = manualClock()
    const search = createPathSearch({ clock, inside: createInside() })
    folder.write('one.txt')
    expect((await search.find(folder.path, { q: 'txt' })).paths.map(({ path }) => path)).toEqual(['one.txt'])
    folder.write('two.txt')
    folder.run('rm', 'one.txt')
    expect((await search.find(folder.path, { q: 'txt' })).paths).toEqual([])
    clock.advance(4_001)
    expect((await search.find(folder.path, { q: 'txt' })).paths.map(({ path }) => path)).toEqual(['two.txt'])
  })

  test('many at once share one reading; a limit is kept and said', async () => {
    for (let n = 0; n < 300; n++) folder.write(`files/f${n}.txt`)
    const search = createPathSearch({ clock: manualClock(), inside: createInside() })
    const answers = await Promise.all(Array.from({ length: 50 }, () => search.find(folder.path, { q: 'f', limit: 10 })))
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1)
    expect([answers[0]!.paths.length, answers[0]!.truncated]).toEqual([10, true])
  })
})
