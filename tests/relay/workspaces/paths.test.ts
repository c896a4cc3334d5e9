// Paths stay inside: by their text, and by what the kernel finds when it follows them.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createInside, type Method } from '../../../relay/workspaces/inside.ts'
import { namesOf } from '../../../relay/workspaces/safe-path.ts'
import { isUnder } from '../../../relay/workspaces/choose-folder.ts'
import { type Folder, tempFolder } from './folder.ts'
import { allowed, refused } from './odd-paths.ts'

describe('by their text', () => {
  test.each(refused.map((path) => [JSON.stringify(path).slice(0, 60), path]))('%s is refused', (_, path) => {
    expect(namesOf(path)).toHaveProperty('problem')
  })

  test.each(allowed.map((path) => [JSON.stringify(path).slice(0, 60), path]))('%s is a name', (_, path) => {
    expect(namesOf(path)).toEqual(path.split('/'))
  })

  test('a sibling whose name begins alike is not under a root', () => {
    expect(isUnder('/srv/code', '/srv/code')).toBe(true)
    expect(isUnder('/srv/code/a', '/srv/code')).toBe(true)
    expect(isUnder('/srv/code/a', '/')).toBe(true)
    expect(isUnder('/srv/code-secret', '/srv/code')).toBe(false)
    expect(isUnder('/srv', '/srv/code')).toBe(false)
  })
})

const methods: Method[] = process.platform === 'linux' ? ['beneath', 'no-links'] : ['no-links']

describe.each(methods)('by what is there (%s)', (method) => {
  const inside = createInside(method)
  let outer: Folder
  let root: string
  const read = (path: string): string | 'folder' | null => {
    const opened = inside.open(root, path)
    if (!opened) return null
    const found = opened.stats.isDirectory() ? 'folder' : opened.read(1_000).toString()
    opened.close()
    return found
  }
  beforeAll(() => {
    outer = tempFolder()
    root = join(outer.path, 'root')
    outer.write('secret.txt', 'secret')
    outer.write('root-sibling/secret.txt', 'secret')
    outer.write('root/한글.txt', '안녕')
    outer.write('root/deep/er/file', 'deep')
    outer.link('root/out', '../secret.txt')
    outer.link('root/absolute', join(outer.path, 'secret.txt'))
    outer.link('root/up', '..')
    outer.link('root/sibling', '../root-sibling')
    outer.link('root/deep/out', '../../secret.txt')
    outer.link('root/chain', 'chain2')
    outer.link('root/chain2', '../secret.txt')
    outer.link('root/loop', 'loop')
    outer.link('root/proc', '/proc/self/root')
    outer.link('root/gone', 'nowhere')
    outer.link('root/within', 'deep/er/file')
    outer.link('root/deep/within', '../한글.txt')
    outer.fifo('root/fifo')
    outer.link('root/null', '/dev/null')
    outer.link('root/fifo-link', 'fifo')
  })
  afterAll(() => outer.remove())

  test('files and folders inside are read, the root by the empty path', () => {
    expect(['한글.txt', 'deep/er/file', 'deep', ''].map(read)).toEqual(['안녕', 'deep', 'folder', 'folder'])
  })

  test('no link leads out, whatever way it takes', () => {
    for (const path of ['out', 'absolute', 'up', 'up/secret.txt', 'sibling', 'sibling/secret.txt', 'deep/out', 'chain', 'loop', 'proc', 'proc/etc/passwd', 'gone', 'null']) expect([path, read(path)]).toEqual([path, null])
  })

  test('links that stay inside are followed where the kernel can vouch for them', () => {
    const expected = method === 'beneath' ? ['deep', '안녕'] : [null, null]
    expect(['within', 'deep/within'].map(read)).toEqual(expected)
  })

  test('a FIFO is neither read nor waited for', () => {
    expect(['fifo', 'fifo-link'].map(read)).toEqual([null, null])
  })

  test('every refused and every odd path ends as "not there"', () => {
    for (const path of [...refused.filter((each) => each !== ''), ...allowed]) expect([path, read(path)]).toEqual([path, null])
    expect(inside.open(join(outer.path, 'no such root'), 'a')).toBeNull()
    expect(inside.open(join(root, '한글.txt'), 'a')).toBeNull()
  })

  test('a folder that is replaced by a link again and again never lets the reader out', () => {
    outer.write('root/flip/secret.txt', 'inside')
    const [flip, away] = [join(root, 'flip'), join(root, 'away')]
    const found = new Set<string | null>()
    for (let n = 0; n < 400; n++) {
      if (n % 2 === 0) {
        renameSync(flip, away)
        symlinkSync('..', flip)
      } else {
        unlinkSync(flip)
        renameSync(away, flip)
      }
      found.add(read('flip/secret.txt'))
    }
    expect([...found].sort()).toEqual(['inside', null])
    rmSync(flip, { recursive: true })
  })

  test('descriptors are not lost on any way through', async () => {
    const { readdirSync } = await import('node:fs')
    const open = () => readdirSync('/proc/self/fd').length
    if (process.platform !== 'linux') return
    for (let n = 0; n < 5; n++) for (const path of ['한글.txt', 'out', 'fifo', 'deep/er/file', 'no/such', 'loop']) read(path)
    const before = open()
    for (let n = 0; n < 50; n++) for (const path of ['한글.txt', 'out', 'fifo', 'deep/er/file', 'no/such', 'loop']) read(path)
    expect(open()).toBe(before)
  })
})

test('the method of this machine is known', () => {
  expect(['beneath', 'no-links']).toContain(createInside().method)
})
