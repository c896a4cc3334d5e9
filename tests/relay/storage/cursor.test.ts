// Cursors of lists and texts for LIKE: what was written is read, and whatever else somebody sends is told from it.
import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { Refused } from '#protocol'
import { beginningWith, containing, createCursor, LIKE } from '../../../relay/storage/storage.ts'

const cursor = createCursor('sessions', 'number', 'text')
const codeOf = (read: () => unknown) => {
  try {
    return read()
  } catch (problem) {
    return problem instanceof Refused ? problem.code : problem
  }
}

test('a cursor is read as it was written, and by no other list', () => {
  const others = [createCursor('files', 'number', 'text'), createCursor('sessions', 'text', 'number'), createCursor('sessions', 'number'), createCursor('sessions', 'number', 'text', 'number')]
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.string({ unit: 'binary' }), (at, id) => {
      const text = cursor.write(at, id)
      expect(text).toMatch(/^[\w-]+$/)
      expect(cursor.read(text)).toEqual([at, id])
      expect(others.map((other) => codeOf(() => other.read(text)))).toEqual(others.map(() => 'VALIDATION'))
    }),
  )
  expect([null, undefined, ''].map(cursor.read)).toEqual([null, null, null])
})

test('anything else is VALIDATION: any text, and any JSON in the same clothes', () => {
  const dressed = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('base64url')
  const forged = fc.oneof(fc.jsonValue(), fc.tuple(fc.constant('sessions'), fc.oneof(fc.double(), fc.string(), fc.constant(null), fc.bigInt({ min: 2n ** 53n }).map(String)), fc.anything())).map((value) => dressed(value))
  const text = fc.oneof(fc.string({ minLength: 1, unit: 'binary' }), fc.base64String({ minLength: 4 }), forged, fc.tuple(fc.maxSafeNat(), fc.string()).map(([at, id]) => `${cursor.write(at, id)}=`))
  fc.assert(
    fc.property(text, (sent) => {
      const read = codeOf(() => cursor.read(sent))
      // By chance it may be one: then it is spelled exactly as we do it.
      if (read !== 'VALIDATION' && sent !== '') expect(cursor.write(...(read as [number, string]))).toBe(sent)
    }),
    { numRuns: 500 },
  )
  for (const value of [['sessions', -1, 'a'], ['sessions', 1.5, 'a'], ['sessions', 1e300, 'a'], ['sessions', '1', 'a'], ['sessions', 1, null], ['sessions', 1], ['sessions', 1, 'a', 2], {}, null, 'sessions']) expect(codeOf(() => cursor.read(dressed(value)))).toBe('VALIDATION')
})

test('LIKE finds a text as it is, whatever signs it holds', () => {
  const database = new Database(':memory:')
  const found = (text: string, pattern: string) => (database.query(`SELECT ? ${LIKE} AS found`).get(text, pattern) as { found: number }).found === 1
  // LIKE folds the case of ASCII: the texts here have none.
  const text = fc.string({ unit: fc.constantFrom('%', '_', '\\', '1', '가', "'", '"', ' '), maxLength: 8 })
  fc.assert(
    fc.property(text, text, text, (before, sought, after) => {
      expect(found(before + sought + after, containing(sought))).toBeTrue()
      expect(found(sought + after, beginningWith(sought))).toBeTrue()
      expect(found(before, containing(sought))).toBe(before.includes(sought))
      expect(found(before, beginningWith(sought))).toBe(before.startsWith(sought))
    }),
  )
  database.close()
})
