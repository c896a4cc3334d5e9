// SHA-256 by pieces is the one that everybody else makes, however the bytes are cut.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createSha256 } from '../../../src/uploads/sha256.ts'

const others = (bytes: Uint8Array) => new Bun.CryptoHasher('sha256').update(bytes).digest('hex')
const ours = (pieces: readonly Uint8Array[]) => {
  const hash = createSha256()
  for (const piece of pieces) hash.update(piece)
  return Buffer.from(hash.digest()).toString('hex')
}

test('every length around the ends of a block', () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, at) => at * 7)
    expect([length, ours([bytes])]).toEqual([length, others(bytes)])
  }
})

test('whatever the bytes, and wherever they are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (pieces) => {
      expect(ours(pieces)).toBe(others(Buffer.concat(pieces)))
    }),
  )
})

/** `UPLOAD_FAULTS=long`: it takes a while. */
test.skipIf(process.env['UPLOAD_FAULTS'] !== 'long')('more than 512 MiB, where the number of bits outgrows 32 of them', () => {
  const piece = crypto.getRandomValues(new Uint8Array(64 * 1024))
  const [hash, other] = [createSha256(), new Bun.CryptoHasher('sha256')]
  for (let at = 0; at < 8_200; at++) {
    hash.update(piece)
    other.update(piece)
  }
  expect(Buffer.from(hash.digest()).toString('hex')).toBe(other.digest('hex'))
}, 60_000)
