// A prompt with its files: what goes along by itself, and which folders are only named.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { LIMITS } from '#protocol'
import { namedFolders, withFiles } from '../../../src/stores/prompt-parts.ts'

const files = (count: number, folder = '') => Array.from({ length: count }, (_, at) => ({ fileId: `${folder}${at}`, folder: folder && at % 2 ? `${folder}/inside` : folder }))
const said = { content: 'Look', folderWords: 'See “{folder}”.' }

test('as many as a prompt may carry go along; beyond that the largest folders are named, and what else there is still goes along', () => {
  const small = [...files(5), ...files(10, 'small')]
  expect(withFiles(said, small)).toEqual({ content: 'Look', attachments: small.map(({ fileId }) => fileId) })
  const both = [...small, ...files(300, '여름 사진 $&')]
  expect(namedFolders(both)).toEqual(['여름 사진 $&'])
  expect(withFiles(said, both)).toEqual({ content: 'Look\n\nSee “여름 사진 $&”.', attachments: small.map(({ fileId }) => fileId) })
  expect(withFiles(said, [...files(20), ...files(2, 'b'), ...files(3, 'a')])).toMatchObject({ content: 'Look\n\nSee “a”.\n\nSee “b”.', attachments: files(20).map(({ fileId }) => fileId) })
})

test('whatever is dropped, each file goes along or lies in a folder that is named', () => {
  fc.assert(
    fc.property(fc.nat(LIMITS.attachments), fc.array(fc.nat(60), { maxLength: 6 }), (single, folders) => {
      const all = [...files(single), ...folders.flatMap((count, at) => files(count, `f${at}`))]
      const { content, attachments } = withFiles(said, all)
      expect(attachments.length).toBeLessThanOrEqual(LIMITS.attachments)
      const named = namedFolders(all)
      for (const { fileId, folder } of all) expect(attachments.includes(fileId)).toBe(!named.includes(folder.split('/')[0]!))
      expect(content.split('\n\n').length - 1).toBe(named.length)
    }),
  )
})
