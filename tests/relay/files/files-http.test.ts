// Files over HTTP: forms of every kind, Korean names there and back, ranges, headers that disarm, and flat memory.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { byteRange } from '../../../relay/http/byte-range.ts'
import { attachmentNamed } from '../../../relay/http/content-disposition.ts'
import { boundaryOf, readMultipart, textOfPart } from '../../../relay/http/multipart.ts'
import { type Door, openDoor } from '../sessions/http-door.ts'
import { type SessionsRig, sessionsRig } from '../sessions/sessions-rig.ts'

let rig: SessionsRig
let door: Door
let owner: string
let stranger: string
let sessionId: string
beforeAll(async () => {
  rig = await sessionsRig()
  door = openDoor(rig)
  owner = await door.token('owner')
  stranger = await door.token('stranger')
  sessionId = (await door.json('/claude/sessions', { token: owner, json: { visibility: 'private' } })).body.session_id
})
afterAll(async () => {
  await door.stop()
  await rig.end()
})

function form(file: Blob | null, filename = 'a.txt', fields: Record<string, string> = {}): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.append(name, value)
  if (file) data.append('file', file, filename)
  return data
}
const upload = (body: BodyInit, token = owner, query = '', headers?: Record<string, string>) => door.json(`/files/upload${query}`, { token, body, headers })

describe('ranges', () => {
  test.each([
    [null, 10, 'whole'],
    ['bytes=0-3', 10, { from: 0, to: 3 }],
    ['bytes=4-', 10, { from: 4, to: 9 }],
    ['bytes=-3', 10, { from: 7, to: 9 }],
    ['bytes=-30', 10, { from: 0, to: 9 }],
    ['bytes=5-500', 10, { from: 5, to: 9 }],
    ['bytes=9-9', 10, { from: 9, to: 9 }],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=0-0', 0, 'unsatisfiable'],
    ['bytes=3-2', 10, 'whole'],
    ['bytes=0-1,3-4', 10, 'whole'],
    ['bytes=-', 10, 'whole'],
    ['bytes=a-b', 10, 'whole'],
    ['lines=0-1', 10, 'whole'],
    ['bytes=99999999999999999999-', 10, 'whole'],
  ] as const)('%j of %d bytes', (header, size, expected) => expect(byteRange(header, size)).toEqual(expected))
})

test('names in headers: encoded for browsers, as bytes of UTF-8 for what takes a name as it is, nothing that ends the header', () => {
  expect(attachmentNamed('a b.txt')).toBe('attachment; filename="a b.txt"')
  expect(attachmentNamed('보고서.pdf')).toBe(`attachment; filename="${Buffer.from('보고서.pdf').toString('latin1')}"; filename*=UTF-8''${encodeURIComponent('보고서.pdf')}`)
  expect(attachmentNamed('a"\r\nset-cookie: b;%.txt')).toBe(`attachment; filename="a___set-cookie: b__.txt"; filename*=UTF-8''a%22__set-cookie%3A%20b%3B%25.txt`)
  expect(attachmentNamed("it's (1)*.txt")).toBe(`attachment; filename="it's (1)*.txt"`)
})

describe('uploading', () => {
  test('a Korean name and its bytes come back as they went', async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(60_000))
    bytes.set(Buffer.from('%PDF-1.7'))
    const { status, body } = await upload(form(new Blob([bytes], { type: 'application/pdf' }), '분기 보고서 (최종).pdf', { session_id: sessionId }))
    expect(status).toBe(200)
    expect(body).toEqual({ file_id: expect.any(String), filename: '분기 보고서 (최종).pdf', content_type: 'application/pdf', size: 60_000 })
    const response = await door.send(`/files/${body.file_id}`, { token: owner })
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
    expect(Object.fromEntries(['content-type', 'content-length', 'content-security-policy', 'x-content-type-options', 'accept-ranges', 'cache-control'].map((name) => [name, response.headers.get(name)]))).toEqual({
      'content-type': 'application/pdf',
      'content-length': '60000',
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
    })
    expect(response.headers.get('content-disposition')).toContain(`filename*=UTF-8''${encodeURIComponent('분기 보고서 (최종).pdf').replaceAll('(', '%28').replaceAll(')', '%29')}`)
    expect((await door.send(`/files/${body.file_id}`, { token: stranger })).status).toBe(404)
    expect((await door.json(`/files?session_id=${sessionId}`, { token: owner })).body.files.map((file: { file_id: string }) => file.file_id)).toEqual([body.file_id])
    expect((await door.json(`/files/${body.file_id}`, { token: owner, method: 'DELETE' })).status).toBe(200)
    expect((await door.send(`/files/${body.file_id}`, { token: owner })).status).toBe(404)
  })

  test('session_id before the file, after it, in the query, empty or absent', async () => {
    const file = new Blob(['x'])
    const after = form(file)
    after.append('session_id', sessionId)
    for (const [body, query, expected] of [
      [form(file, 'a', { session_id: sessionId }), '', sessionId],
      [after, '', sessionId],
      [form(file), `?session_id=${sessionId}`, sessionId],
      [form(file, 'a', { session_id: '' }), '', null],
      [form(file), '', null],
    ] as const) {
      const { status, body: uploaded } = await upload(body, owner, query)
      expect(status).toBe(200)
      expect((await rig.files.read(await rig.person('owner'), uploaded.file_id)).sessionId).toBe(expected)
    }
  })

  test('I2 one Idempotency-Key keeps one file, however often it comes; another file under it is refused', async () => {
    const before = readdirSync(rig.filesFolder).length
    const send = (content: string, filename = 'a.txt', key = 'upload-1') => upload(form(new Blob([content]), filename, { session_id: sessionId }), owner, '', { 'idempotency-key': key })
    const together = await Promise.all([send('same'), send('same'), send('same')])
    const again = await send('same')
    expect(again.status).toBe(200)
    for (const each of together) expect(each.body).toEqual(again.body)
    expect((await send('other')).body.code).toBe('ID_REUSED')
    expect((await send('same', 'b.txt')).body.code).toBe('ID_REUSED')
    expect((await send('same', 'a.txt', 'x'.repeat(200))).status).toBe(400)
    expect(readdirSync(rig.filesFolder).length).toBe(before + 1)
    expect(readdirSync(join(rig.filesFolder, 'incoming'))).toEqual([])
    expect(await (await door.send(`/files/${again.body.file_id}`, { token: owner })).text()).toBe('same')
  })

  test('a web page that calls itself an image is neither an image nor a page', async () => {
    const { body } = await upload(form(new Blob(['<script>alert(1)</script>'], { type: 'image/png' }), 'x.png'))
    expect(body.content_type).toBe('text/plain')
    const html = (await upload(form(new Blob(['<script>'], { type: 'text/html' }), 'x.html'))).body
    const response = await door.send(`/files/${html.file_id}`, { token: owner })
    expect(response.headers.get('content-disposition')).toStartWith('attachment;')
    expect(response.headers.get('content-security-policy')).toBe('sandbox')
  })

  test('what is no form, has no file, two, or no right to be here leaves nothing behind', async () => {
    const before = readdirSync(rig.filesFolder).length
    const file = new Blob(['content'])
    const two = form(file)
    two.append('file', file, 'b')
    const multipart = (body: string) => upload(body, owner, '', { 'content-type': 'multipart/form-data; boundary=B' })
    const outcomes = [
      [await upload(form(null, '', { other: 'x' })), 400],
      [await upload(two), 400],
      [await upload(form(file, 'a', { session_id: '../x' })), 400],
      [await upload(form(file, 'a', { session_id: sessionId }), stranger), 404],
      [await upload(form(file, 'a', { session_id: 'no-such' })), 404],
      [await upload('{}', owner, '', { 'content-type': 'application/json' }), 415],
      [await upload('x', owner, '', { 'content-type': 'multipart/form-data' }), 400],
      [await upload('x', owner, '', { 'content-type': 'multipart/form-data; boundary=' }), 400],
      [await multipart(''), 400],
      [await multipart('--B'), 400],
      [await multipart('--B--\r\n'), 400],
      [await multipart('--B\r\n\r\nno name\r\n--B--'), 400],
      [await multipart('--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ncut off'), 400],
      [await multipart(`--B\r\nContent-Disposition: form-data; name="file"; ${'x'.repeat(20_000)}\r\n\r\n\r\n--B--`), 400],
      [await multipart('--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'.repeat(30) + '--B--'), 400],
      [await multipart(`--B\r\nContent-Disposition: form-data; name="session_id"\r\n\r\n${'x'.repeat(100_000)}\r\n--B--`), 400],
      [await door.json('/files/upload', { body: form(file) }), 401],
    ] as const
    expect(outcomes.map(([{ status }]) => status)).toEqual(outcomes.map(([, expected]) => expected))
    expect(readdirSync(rig.filesFolder).length).toBe(before)
    expect(readdirSync(join(rig.filesFolder, 'incoming'))).toEqual([])
  })
})

describe('downloading', () => {
  test('ranges, conditions and HEAD', async () => {
    const { body } = await upload(form(new Blob(['0123456789']), 'd.bin'))
    const path = `/files/${body.file_id}`
    const get = async (headers: Record<string, string>, method = 'GET') => {
      const response = await door.send(path, { token: owner, headers, method })
      return { status: response.status, text: await response.text(), range: response.headers.get('content-range'), length: response.headers.get('content-length'), etag: response.headers.get('etag')!, digest: response.headers.get('repr-digest') }
    }
    const whole = await get({})
    const digest = `sha-256=:${new Bun.CryptoHasher('sha256').update('0123456789').digest('base64')}:`
    expect(whole).toMatchObject({ status: 200, text: '0123456789', range: null, length: '10', digest })
    expect(await get({ range: 'bytes=2-4' })).toMatchObject({ status: 206, text: '234', range: 'bytes 2-4/10', length: '3', digest })
    expect(await get({ range: 'bytes=-2' })).toMatchObject({ status: 206, text: '89', range: 'bytes 8-9/10' })
    expect(await get({ range: 'bytes=0-9' })).toMatchObject({ status: 206, text: '0123456789', range: 'bytes 0-9/10' })
    expect(await get({ range: 'bytes=20-' })).toMatchObject({ status: 416, range: 'bytes */10' })
    expect(await get({ range: 'bytes=0-1,4-5' })).toMatchObject({ status: 200, text: '0123456789', range: null })
    expect(await get({ range: 'bytes=2-4', 'if-range': whole.etag })).toMatchObject({ status: 206, text: '234' })
    expect(await get({ range: 'bytes=2-4', 'if-range': '"other"' })).toMatchObject({ status: 200, text: '0123456789', range: null })
    expect(await get({ 'if-none-match': `"x", W/${whole.etag}` })).toMatchObject({ status: 304, text: '' })
    expect(await get({}, 'HEAD')).toMatchObject({ status: 200, text: '', length: '10' })
    const empty = (await upload(form(new Blob([]), 'empty'))).body
    expect(await (await door.send(`/files/${empty.file_id}`, { token: owner })).text()).toBe('')
  })

  test('a large file goes in and out unchanged, and the relay\'s memory stays flat', async () => {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, 'files-server.ts')], { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' })
    const lines = child.stdout.getReader()
    const { url, token } = JSON.parse(Buffer.from((await lines.read()).value!).toString()) as { url: string; token: string }
    const headers = { authorization: `Bearer ${token}` }
    const peakBytes = () => (process.platform === 'linux' ? Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) * 1024 : 0)
    const chunk = crypto.getRandomValues(new Uint8Array(64 * 1024))
    const chunks = 4_800
    const hash = new Bun.CryptoHasher('sha256')
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent === 0) controller.enqueue(Buffer.from('--B\r\nContent-Disposition: form-data; name="file"; filename="큰 파일.bin"\r\n\r\n'))
        controller.enqueue(chunk)
        hash.update(chunk)
        if (++sent < chunks) return
        controller.enqueue(Buffer.from('\r\n--B--\r\n'))
        controller.close()
      },
    })
    const before = peakBytes()
    const response = await fetch(`${url}/files/upload`, { method: 'POST', body, headers: { ...headers, 'content-type': 'multipart/form-data; boundary=B' } })
    const uploaded = (await response.json()) as { file_id: string; size: number; filename: string }
    expect(uploaded).toMatchObject({ filename: '큰 파일.bin', size: chunks * chunk.length })
    const returned = new Bun.CryptoHasher('sha256')
    let size = 0
    for await (const piece of (await fetch(`${url}/files/${uploaded.file_id}`, { headers })).body!) {
      returned.update(piece)
      size += piece.byteLength
    }
    const grownBytes = peakBytes() - before
    child.stdin.end()
    await child.exited
    expect([size, returned.digest('hex')]).toEqual([chunks * chunk.length, hash.digest('hex')])
    // 300 MB went through it twice; what is in flight, and not yet cleared away, does not grow with the file.
    expect(grownBytes).toBeLessThan(150 * 1024 * 1024)
  }, 60_000)
})

describe('the form reader', () => {
  async function read(text: string | Uint8Array, boundary = 'B', pieceBytes = 1) {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += pieceBytes) controller.enqueue(bytes.subarray(at, at + pieceBytes))
        controller.close()
      },
    })
    const parts: [string, string | null, string, string][] = []
    for await (const part of readMultipart(body, boundary, 1e6)) parts.push([part.name, part.filename, part.contentType, await textOfPart(part)])
    return parts
  }
  const sample = [
    'preamble\r\n--B\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n--B',
    'content-disposition: form-data; name="file"; filename="한글 \\"인용\\".txt"\r\nContent-Type: text/plain\r\n\r\n-- B\r\n--\r\n--A\r\n\r\n--B',
    'Content-Disposition: form-data; name="empty"; filename="%22x%22"\r\n\r\n\r\n--B--\r\nepilogue',
  ].join('\r\n')
  const parts = [
    ['a', null, '', 'one'],
    ['file', '한글 "인용".txt', 'text/plain', '-- B\r\n--\r\n--A\r\n'],
    ['empty', '"x"', '', ''],
  ]

  test('gives the same parts however the bytes are cut', async () => {
    for (const pieceBytes of [1, 2, 3, 5, 7, 16, 64, 100_000]) expect({ pieceBytes, found: await read(sample, 'B', pieceBytes) as unknown }).toEqual({ pieceBytes, found: parts })
  })

  test('keeps random bytes, with boundaries almost in them, as they are', async () => {
    const noise = Buffer.concat(Array.from({ length: 200 }, (_, n) => Buffer.concat([crypto.getRandomValues(Buffer.alloc(n % 37)), Buffer.from(['\r', '\r\n', '\r\n-', '\r\n--', '\r\n--B'.slice(0, 4)][n % 5]!)])))
    const text = noise.toString('latin1').replaceAll('\r\n--B', '')
    const body = Buffer.concat([Buffer.from('--B\r\nContent-Disposition: form-data; name="file"; filename="n"\r\n\r\n'), Buffer.from(text, 'latin1'), Buffer.from('\r\n--B--')])
    for (const pieceBytes of [1, 3, 11, 4096]) {
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < body.length; at += pieceBytes) controller.enqueue(body.subarray(at, at + pieceBytes))
          controller.close()
        },
      })
      const found: Uint8Array[] = []
      for await (const part of readMultipart(stream, 'B', 1e6)) for await (const piece of part.content) found.push(Uint8Array.from(piece))
      expect(Buffer.concat(found).toString('latin1')).toBe(text)
    }
  })

  test('skips a part that nobody reads; ends what is too much', async () => {
    const names: string[] = []
    const bodyOf = () => new Blob([sample]).stream()
    for await (const part of readMultipart(bodyOf(), 'B', 1e6)) names.push(part.name)
    expect(names).toEqual(['a', 'file', 'empty'])
    const tooMuch = (async () => {
      for await (const part of readMultipart(bodyOf(), 'B', 100)) await textOfPart(part)
    })()
    expect(await tooMuch.catch((error: { code?: string }) => error.code)).toBe('TOO_LARGE')
  })

  test('boundaries are read as the RFC writes them', () => {
    expect(boundaryOf('multipart/form-data; boundary=abc')).toBe('abc')
    expect(boundaryOf('multipart/form-data; charset=utf-8; boundary="a b;c"')).toBe('a b;c')
    for (const bad of ['multipart/form-data', 'multipart/form-data; boundary=', `multipart/form-data; boundary=${'x'.repeat(71)}`]) expect(() => boundaryOf(bad)).toThrow('no boundary')
  })
})
