// Tickets: the content of one file by its address alone, for a day, with the rights of the moment.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { SignJWT } from 'jose'
import { eventually } from '../../support/eventually.ts'
import { accountsRig, type AccountsRig } from '../http/accounts-rig.ts'

let rig: AccountsRig
let minji: { id: string; token: string }
let joon: { id: string; token: string }
beforeAll(async () => {
  rig = await accountsRig()
  minji = await rig.browser('minji')
  joon = await rig.browser('joon')
})
afterAll(() => rig.stop())

const name = '여름 사진 (최종).zip'
const content = Buffer.from(`PK\x03\x04zipped${'0123456789'.repeat(999)}`)
async function upload(token: string, session_id = ''): Promise<string> {
  const form = new FormData()
  form.set('session_id', session_id)
  form.set('file', new File([content], name, { type: 'application/zip' }))
  const response = await fetch(`${rig.url}/api/v1/files/upload`, { method: 'POST', body: form, headers: { authorization: `Bearer ${token}` } })
  return ((await response.json()) as { file_id: string }).file_id
}
const ticketOf = async (token: string, id: string) => (await rig.ask(token, 'POST', `files/${id}/ticket`)) as { status: number; body: Record<string, any>; text: string }
const get = (url: string, headers: Record<string, string> = {}, method = 'GET') => fetch(url, { headers, method })

test('U3 the address alone opens the file, in whole and in ranges, under its own name, and runs nothing', async () => {
  const id = await upload(minji.token)
  const asked = Date.now()
  const { status, body } = await ticketOf(minji.token, id)
  expect(status).toBe(200)
  expect(new URL(body['url']).pathname).toBe(`/api/v1/files/${id}/download`)
  expect(body['expires_at'] - asked).toBeWithin(86_398_000, 86_401_000)
  const whole = await get(body['url'])
  expect([whole.status, Buffer.from(await whole.arrayBuffer()).equals(content)]).toEqual([200, true])
  expect(whole.headers.get('content-disposition')).toBe(`attachment; filename="${Buffer.from(name).toString('latin1')}"; filename*=UTF-8''${encodeURIComponent(name).replace('(', '%28').replace(')', '%29')}`)
  const told = ['content-type', 'content-security-policy', 'x-content-type-options', 'referrer-policy', 'accept-ranges', 'content-length'].map((each) => whole.headers.get(each))
  expect(told).toEqual(['application/zip', 'sandbox', 'nosniff', 'no-referrer', 'bytes', String(content.length)])
  // A browser goes on where it was cut off.
  const rest = await get(body['url'], { range: 'bytes=9990-', 'if-range': whole.headers.get('etag')! })
  expect([rest.status, rest.headers.get('content-range'), await rest.text()]).toEqual([206, 'bytes 9990-9999/10000', '0123456789'])
  expect((await get(body['url'], {}, 'HEAD')).headers.get('content-length')).toBe('10000')
})

test('U3 it counts for this file alone and nowhere else, nothing else counts in its place, and none is logged or kept', async () => {
  const [id, other] = [await upload(minji.token), await upload(minji.token)]
  const { body } = await rig.ask(minji.token, 'POST', `files/${id}/ticket`, undefined, { 'idempotency-key': 'ticket' })
  const ticket = new URL(body['url']).searchParams.get('ticket')!
  const [head, claims, signature] = ticket.split('.') as [string, string, string]
  const download = (file: string, token: string, headers = {}) => get(`${rig.url}/api/v1/files/${file}/download?ticket=${encodeURIComponent(token)}`, headers)
  expect((await download(id, ticket)).status).toBe(200)
  const refused = async (asked: Promise<Response>) => {
    const response = await asked
    const text = await response.text()
    expect(text).not.toContain(signature)
    return [response.status, (JSON.parse(text) as { code: string }).code]
  }
  const forged = Buffer.from(JSON.stringify({ ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object), file: other })).toString('base64url')
  const selfMade = await new SignJWT({ sid: 'x', file: id, kind: 'access', scopes: null }).setProtectedHeader({ alg: 'HS256', typ: 'ticket+jwt' }).setSubject(minji.id).setExpirationTime('5m').sign(Buffer.from('x'.repeat(32)))
  for (const wrong of [minji.token, '', 'x', `${head}.${forged}.${signature}`, selfMade, `${ticket}x`, 'x'.repeat(10_000)]) expect([wrong, ...(await refused(download(id, wrong)))]).toEqual([wrong, 401, 'UNAUTHORIZED'])
  expect((await refused(download(other, ticket)))[0]).toBe(401)
  // A bearer that may read it changes nothing.
  const bearer = { authorization: `Bearer ${minji.token}` }
  expect((await get(`${rig.url}/api/v1/files/${id}/download`, bearer)).status).toBe(401)
  for (const path of ['me', `files/${id}`, `files/${id}?ticket=${ticket}`]) expect((await rig.ask(ticket, 'GET', path)).status).toBe(401)
  expect((await fetch(`${rig.url}/ws?token=${ticket}`, { headers: { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } })).status).toBe(401)
  await eventually('the download is logged', () => rig.logged.some((line) => line['route'] === 'GET /api/v1/files/:id/download' && line['user_id'] === minji.id))
  expect(JSON.stringify(rig.logged)).not.toContain(signature)
  for (const table of ['answers', 'audit']) expect(JSON.stringify(await rig.relay.storage.query(`SELECT * FROM ${table}`))).not.toContain(signature)
})

test('U3 it ends with the right, with the sign-in, and with the file; whoever may not read gets none', async () => {
  const { session_id } = (await rig.ask(minji.token, 'POST', 'claude/sessions', { title: 'Closed', visibility: 'private' })).body as { session_id: string }
  const id = await upload(minji.token, session_id)
  expect((await ticketOf(joon.token, id)).status).toBe(404)
  await rig.ask(minji.token, 'POST', `claude/sessions/${session_id}/participants`, { user_id: joon.id, role: 'viewer' })
  const { body: his } = await ticketOf(joon.token, id)
  expect((await get(his['url'])).status).toBe(200)
  await rig.ask(minji.token, 'DELETE', `claude/sessions/${session_id}/participants/${joon.id}`)
  expect((await get(his['url'])).status).toBe(404)
  // A script's ticket has its scopes, and goes with its token.
  const script = await rig.apiToken(minji.token, ['files'])
  expect((await ticketOf((await rig.apiToken(minji.token, ['read', 'run'])).token, id)).status).toBe(403)
  const { body: its } = await ticketOf(script.token, id)
  expect((await get(its['url'])).status).toBe(200)
  await rig.ask(minji.token, 'DELETE', `tokens/${script.id}`)
  expect((await get(its['url'])).status).toBe(401)
  const elsewhere = await rig.browser('minji')
  const { body: theirs } = await ticketOf(elsewhere.token, id)
  expect((await get(theirs['url'])).status).toBe(200)
  await rig.ask(elsewhere.token, 'POST', 'auth/logout')
  expect((await get(theirs['url'])).status).toBe(401)
  const { body: hers } = await ticketOf(minji.token, id)
  await rig.ask(minji.token, 'DELETE', `files/${id}`)
  expect((await get(hers['url'])).status).toBe(404)
})
