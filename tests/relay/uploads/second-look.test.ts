// Whoever brings bytes for long is looked at again while they come: rights and room may be gone before the end.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Refused } from '#protocol'
import type { Identity } from '../../../relay/auth/auth.ts'
import { type SessionsRig, sessionsRig } from '../sessions/sessions-rig.ts'

const mib = 1024 * 1024
let rig: SessionsRig
beforeAll(async () => {
  rig = await sessionsRig({ limits: { maxBytes: 256 * mib, userBytes: 20 * mib, parallel: 3 } })
})
afterAll(() => rig.end())

const staged = () => readdirSync(join(rig.filesFolder, 'incoming')).reduce((sum, name) => sum + statSync(join(rig.filesFolder, 'incoming', name)).size, 0)
const outcomeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (problem: unknown) => {
      if (!(problem instanceof Refused)) throw problem
      return `${problem.code} ${(problem.options.details as { reason?: string } | undefined)?.reason ?? ''}`.trim()
    },
  )
/** Pieces, with something that happens before one of them. */
async function* pieces(count: number, bytes: number, at = -1, happens: () => Promise<unknown> = async () => {}) {
  for (let n = 0; n < count; n++) {
    if (n === at) await happens()
    yield new Uint8Array(bytes)
  }
}
const removed = (who: Identity) => () => rig.run('UPDATE users SET deleted_at = 1 WHERE id = ?', who.userId)
const demoted = (who: Identity) => () => rig.run("UPDATE users SET role = 'viewer' WHERE id = ?", who.userId)

test('a form over the room of its sender ends soon after, not when all of it is on the disk', async () => {
  const who = await rig.person('hoarder')
  let most = 0
  const content = (async function* () {
    for await (const piece of pieces(128, mib)) {
      most = Math.max(most, staged())
      yield piece
    }
  })()
  expect(await outcomeOf(rig.uploads.receive(who, null, content, 'a'))).toBe('TOO_LARGE user')
  expect(most).toBeLessThanOrEqual(33 * mib)
  expect(staged()).toBe(0)
})

test('several forms of one user have that room together, and only so many come at once', async () => {
  const who = await rig.person('many hands')
  const held = [await rig.uploads.receive(who, null, pieces(1, 9 * mib), 'a'), await rig.uploads.receive(who, null, pieces(1, 9 * mib), 'b')]
  expect(await outcomeOf(rig.uploads.receive(who, null, pieces(17, mib), 'c'))).toBe('TOO_LARGE user')
  held.push(await rig.uploads.receive(who, null, pieces(1, 1), 'c'))
  expect(await outcomeOf(rig.uploads.receive(who, null, pieces(1, 1), 'd'))).toBe('RATE_LIMITED parallel')
  const other = await rig.person('other hands')
  held.push(await rig.uploads.receive(other, null, pieces(1, 1), 'e'))
  for (const each of held) await rig.uploads.discard(each)
  expect(staged()).toBe(0)
})

test.each([
  ['removed', removed, 'UNAUTHORIZED'],
  ['made a viewer', demoted, 'FORBIDDEN'],
] as const)('bytes of a loose upload whose sender is %s meanwhile become no file', async (word, happens, refusal) => {
  const who = await rig.person(`goes ${word}`)
  const begun = await rig.ask(who, (asked) => rig.uploads.begin(asked, { filename: 'a', content_type: '', size: 4 }))
  expect(await outcomeOf(rig.uploads.append(who, begun.file_id, 0, pieces(4, 1, 2, happens(who))))).toStartWith(refusal)
  expect(await rig.files.pathOf(begun.file_id)).toBeNull()
})

test('one that goes on for long is ended when the right is gone, before its end', async () => {
  const who = await rig.person('endless')
  const begun = await rig.ask(who, (asked) => rig.uploads.begin(asked, { filename: 'a', content_type: '', size: mib }))
  let sent = 0
  const content = (async function* () {
    for await (const piece of pieces(100, 1, 10, removed(who))) {
      rig.clock.advance(1_000)
      sent += 1
      yield piece
    }
  })()
  expect(await outcomeOf(rig.uploads.append(who, begun.file_id, 0, content))).toStartWith('UNAUTHORIZED')
  expect(sent).toBeLessThan(20)
})
