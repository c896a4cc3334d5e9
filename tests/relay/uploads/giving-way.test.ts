// Who has begun too many uploads is not blocked by what a lost browser left.
import { expect, test } from 'bun:test'
import { readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { Refused } from '#protocol'
import type { Identity } from '../../../relay/auth/auth.ts'
import type { Begin } from '../../../relay/uploads/uploads.ts'
import { type SessionsRig, sessionsRig } from '../sessions/sessions-rig.ts'

const mib = 1024 * 1024
const limits = { maxBytes: mib, sessionBytes: 2 * mib, userBytes: 3 * mib, open: 4, expiryMs: 7 * 24 * 3_600_000 }
const bytes = (text: string) => Buffer.from(text)
const begin = (own: SessionsRig, who: Identity, about: Partial<Begin> = {}) => own.ask(who, (asked) => own.uploads.begin(asked, { filename: 'a.bin', content_type: '', size: 10, ...about }))
/** The code of a refusal with its reason, or `ok`. */
const outcomeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (problem: unknown) => {
      if (!(problem instanceof Refused)) throw problem
      return `${problem.code} ${(problem.options.details as { reason?: string } | undefined)?.reason}`
    },
  )

test('U6 of too many open ones the one that has lain untouched for the longest gives way after an hour; what is whole, and what is not in the way, does not', async () => {
  const own = await sessionsRig({ limits })
  let who = await own.person('owner')
  const other = await own.person('other')
  const incoming = () => readdirSync(join(own.filesFolder, 'incoming'))
  const theirs = await begin(own, other)
  const ids: string[] = []
  for (let minute = 0; minute < limits.open; minute += 1) {
    const before = new Set(incoming())
    const { file_id } = await begin(own, who)
    await own.uploads.append(who, file_id, 0, [bytes('0123')])
    const [name] = incoming().filter((each) => !before.has(each))
    // The first is whole, as what waits for its store is; the second was touched last.
    const touchedAt = (own.clock.now() + (minute === 1 ? 10 : minute) * 60_000) / 1_000
    if (minute === 0) await Bun.write(join(own.filesFolder, 'incoming', name!), '0123456789')
    utimesSync(join(own.filesFolder, 'incoming', name!), touchedAt, touchedAt)
    ids.push(file_id)
  }
  const known = async () => (await own.storage.query<{ id: string }>('SELECT id FROM uploads ORDER BY created_at, id')).map(({ id }) => id)
  expect(await outcomeOf(begin(own, who))).toBe('RATE_LIMITED open')
  own.clock.advance(3_600_000 + 5 * 60_000)
  who = await own.person('owner')
  // Another limit is in the way: nothing is gained by dropping one.
  expect(await outcomeOf(begin(own, who, { size: mib + 1 }))).toBe('TOO_LARGE file')
  await own.run('UPDATE uploads SET size = ? WHERE id = ?', 3 * mib, ids[1]!)
  expect(await outcomeOf(begin(own, who))).toBe('RATE_LIMITED open')
  await own.run('UPDATE uploads SET size = ? WHERE id = ?', 10, ids[1]!)
  const fresh = await begin(own, who)
  expect(new Set(await known())).toEqual(new Set([theirs.file_id, ids[0]!, ids[1]!, ids[3]!, fresh.file_id]))
  const next = await begin(own, who)
  expect(new Set(await known())).toEqual(new Set([theirs.file_id, ids[0]!, ids[1]!, fresh.file_id, next.file_id]))
  // The others were touched within the hour.
  expect(await outcomeOf(begin(own, who))).toBe('RATE_LIMITED open')
  await own.end()
})
