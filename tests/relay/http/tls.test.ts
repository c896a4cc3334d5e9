// The relay speaking https itself: its own name is https then, and the cookie never travels in the clear.
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRelay } from '../../support/start-relay.ts'

const openssl = Bun.which('openssl')

test.skipIf(openssl === null)('TLS_CERT and TLS_KEY', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ensemble-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made = Bun.spawnSync([openssl!, 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost'])
  expect(made.exitCode).toBe(0)
  const started = await startRelay({ settings: { TLS_CERT: cert, TLS_KEY: key } })
  expect(started.url).toStartWith('https://')
  const ask = (path: string, init: RequestInit = {}) => fetch(started.url + path, { ...init, tls: { rejectUnauthorized: false } } as RequestInit)
  const owner = await started.relay.auth.accounts.ensureOwner('dev')
  const code = await started.relay.auth.signIn.createCode(owner.id, { loopbackOnly: true })
  const own = await ask('/api/v1/auth/login', { method: 'POST', body: JSON.stringify({ code }), headers: { 'content-type': 'application/json', origin: started.url } })
  expect(own.status).toBe(200)
  expect(own.headers.getSetCookie()[0]).toMatch(/; Secure$/)
  expect((await ask('/healthz', { headers: { origin: started.url.replace('https', 'http') } })).status).toBe(403)
  await started.stop()
  rmSync(folder, { recursive: true })
})
