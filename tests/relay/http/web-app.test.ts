// The built page: only files of the build, in the best encoding, cached for ever or not at all.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { httpRig, type HttpRig } from './http-rig.ts'

let rig: HttpRig
const script = `export const words = ${JSON.stringify('lorem ipsum '.repeat(200))}\n`

beforeAll(async () => {
  rig = await httpRig({
    build: {
      'index.html': '<!doctype html><title>Ensemble</title>',
      'icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
      'sw.js': '// worker',
      'assets/index-Ab3dE6_h.js': script,
      'assets/index-Ab3dE6_h.js.br': brotliCompressSync(script),
      'assets/index-Ab3dE6_h.js.gz': gzipSync(script),
      'assets/digest.worker-Ab3dE6_h.js': '// hashes',
      'assets/pdf.worker.min-Ab3dE6_h.js': '// reads what strangers have made',
      'secret.pem': 'not a file of a page',
    },
  })
})
afterAll(() => rig.stop())

const bytes = async (encoding: string) => {
  const response = await fetch(`${rig.url}/assets/index-Ab3dE6_h.js`, { headers: { 'accept-encoding': encoding }, decompress: false } as RequestInit)
  return { encoding: response.headers.get('content-encoding'), vary: response.headers.get('vary'), text: Buffer.from(await response.arrayBuffer()) }
}

test('the page: never cached, under its own policy', async () => {
  for (const path of ['/', '/index.html']) {
    const response = await rig.fetch(path)
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([200, 'text/html; charset=utf-8', 'no-cache'])
    expect(response.headers.get('content-security-policy')).toBe(
      `default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' ws://127.0.0.1:${rig.port}; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
    )
  }
})

test('scripts are of no origin by themselves, but for the worker that hashes: from others browsers keep their own hash', async () => {
  const policyOf = async (path: string) => (await rig.fetch(path)).headers.get('content-security-policy')
  expect(await policyOf('/assets/digest.worker-Ab3dE6_h.js')).toBe("default-src 'none'; frame-ancestors 'none'")
  for (const path of ['/assets/index-Ab3dE6_h.js', '/assets/pdf.worker.min-Ab3dE6_h.js', '/icon.svg']) expect(await policyOf(path)).toBe("default-src 'none'; frame-ancestors 'none'; sandbox")
})

describe('files', () => {
  test('with a hash are cached for ever, others are asked for again', async () => {
    expect((await rig.fetch('/assets/index-Ab3dE6_h.js')).headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    for (const path of ['/icon.svg', '/sw.js']) {
      const response = await rig.fetch(path)
      expect(response.headers.get('cache-control')).toBe('no-cache')
      const again = await rig.fetch(path, { headers: { 'if-none-match': response.headers.get('etag')! } })
      expect([again.status, await again.text()]).toEqual([304, ''])
    }
  })

  test('come in the best encoding the browser takes', async () => {
    expect(await bytes('gzip, br')).toEqual({ encoding: 'br', vary: 'Accept-Encoding', text: brotliCompressSync(script) })
    expect((await bytes('gzip')).text).toEqual(gzipSync(script))
    expect((await bytes('br;q=0, gzip;q=0.5')).encoding).toBe('gzip')
    expect(await bytes('identity')).toMatchObject({ encoding: null, text: Buffer.from(script) })
  })

  test('HEAD says how long without sending', async () => {
    const response = await rig.fetch('/icon.svg', { method: 'HEAD' })
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '41', ''])
  })

  test.each(['/assets/index-Ab3dE6_h.js.br', '/secret.pem', '/assets', '/assets/', '/assets/none-12345678.js', '/package.json'])('%s is none', async (path) => {
    expect((await rig.fetch(path)).status).toBe(404)
  })
})

test('a navigation to an address of the page gets the page, a script that is missing does not', async () => {
  const accept = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
  for (const path of ['/s/abc', '/settings/people', '/@someone', '/a.b']) expect((await rig.fetch(path, { headers: accept })).headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect((await rig.fetch('/assets/old-12345678.js', { headers: accept })).status).toBe(404)
  expect((await rig.fetch('/s/abc', { headers: { accept: '*/*' } })).status).toBe(404)
  expect((await rig.fetch('/s/abc', { method: 'POST', headers: accept })).status).toBe(405)
})

test('a build that appears, changes or goes away while the relay runs is noticed', async () => {
  const index = join(rig.folder, 'index.html')
  writeFileSync(join(rig.folder, 'new.txt'), 'new')
  writeFileSync(index, '<!doctype html><title>Second</title>')
  utimesSync(index, new Date(), new Date(Date.now() + 5_000))
  expect(await (await rig.fetch('/')).text()).toContain('Second')
  expect((await rig.fetch('/new.txt')).status).toBe(200)
  rmSync(index)
  const gone = await rig.fetch('/', { headers: { accept: 'text/html' } })
  expect([gone.status, ((await gone.json()) as { message: string }).message]).toEqual([404, 'the web app is not built: run npm run build in the folder of Ensemble'])
})
