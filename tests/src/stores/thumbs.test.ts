// Small pictures of a list: fetched once, a few at a time, and again only where they could not be had.
import { expect, test } from 'bun:test'
import { createThumbs } from '../../../src/stores/thumbs.ts'

test('each is drawn once however often it is shown, three at a time; what could not be had is asked for again, what cannot be drawn is not', async () => {
  const asked: string[] = []
  let [running, most] = [0, 0]
  const answers: Record<string, (string | null | 'later' | Error)[]> = { odd: [null], away: ['later', 'away'], broken: [new Error('no'), 'broken'] }
  const thumbs = createThumbs<string>({
    async draw(fileId) {
      asked.push(fileId)
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 1))
      running--
      const answer = answers[fileId]?.shift() ?? fileId
      if (answer instanceof Error) throw answer
      return fileId === 'odd' ? null : answer
    },
  })
  const ids = ['a', 'b', 'c', 'd', 'e', 'odd', 'away', 'broken']
  const shown = () => Promise.all([...ids, 'a', 'odd'].map(thumbs.of))
  expect(await shown()).toEqual(['a', 'b', 'c', 'd', 'e', null, null, null, 'a', null])
  expect([asked.length, most]).toEqual([8, 3])
  expect(await shown()).toEqual(['a', 'b', 'c', 'd', 'e', null, 'away', 'broken', 'a', null])
  expect(asked.slice(8).sort()).toEqual(['away', 'broken'])
  // Somebody else is here: what waits for its turn is not fetched for them either.
  const left = ['f', 'g', 'h', 'i'].map(thumbs.of)
  thumbs.clear()
  expect([await Promise.all(left), asked.length]).toEqual([[null, null, null, null], 10])
  expect(await thumbs.of('a')).toBe('a')
  expect(asked.length).toBe(11)
})
