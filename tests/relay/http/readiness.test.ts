// A relay whose database is gone: what it can still do, and what it says of itself until whoever runs it ends it.
import { expect, test } from 'bun:test'
import { unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { startRelay } from '../../support/start-relay.ts'

test('H13 readiness says why nothing can be kept; what was kept can be read', async () => {
  const { relay, url, token, home, stop } = await startRelay()
  try {
    const headers = { authorization: `Bearer ${await token('ada', 'admin')}`, 'content-type': 'application/json' }
    const create = () => fetch(`${url}/api/v1/claude/sessions`, { method: 'POST', headers, body: '{}' })
    const ready = async () => {
      const answer = await fetch(`${url}/readyz`, { headers })
      return [answer.status, ((await answer.json()) as { reasons: { code: string; message: string }[] }).reasons]
    }
    expect((await create()).status).toBe(201)
    expect(await ready()).toEqual([200, []])
    unlinkSync(join(home.data, 'ensemble.sqlite'))
    expect((await create()).status).toBe(503)
    await relay.lost
    expect(await ready()).toEqual([503, [{ code: 'storage_lost', message: expect.stringMatching(/^nothing can be kept: the database file was deleted or replaced/) }]])
    expect(((await (await fetch(`${url}/api/v1/claude/sessions`, { headers })).json()) as { total: number }).total).toBe(1)
  } finally {
    await stop()
  }
})
