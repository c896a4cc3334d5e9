// Codes, passwords and the refresh cookie: each works once, in time, and guessing is slow.
import { afterEach, beforeEach, describe, expect, spyOn, test } from 'bun:test'
import { Refused } from '#protocol'
import { eventually } from '../../support/eventually.ts'
import { authRig, elsewhere, here, outcomeOf, type AuthRig } from './auth-rig.ts'

let rig: AuthRig
beforeEach(async () => {
  rig = await authRig()
})
afterEach(() => rig.remove())

const audited = async () => (await rig.storage.query<{ action: string }>('SELECT action FROM audit ORDER BY id')).map((row) => row.action)

describe('codes', () => {
  const code = async (options: { loopbackOnly: boolean }) => {
    const user = (await rig.auth.accounts.find('ola')) ?? (await rig.auth.accounts.add({ name: 'ola', role: 'user' }))
    return rig.auth.signIn.createCode(user.id, options)
  }

  test('work once', async () => {
    const text = await code({ loopbackOnly: false })
    expect(await outcomeOf(rig.auth.signIn.byCode(text, elsewhere))).toBe('allowed')
    expect(await outcomeOf(rig.auth.signIn.byCode(text, elsewhere))).toBe('UNAUTHORIZED')
  })

  test('work once, also when fifty try at the same moment', async () => {
    const text = await code({ loopbackOnly: false })
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, i) => outcomeOf(rig.auth.signIn.byCode(text, { ...elsewhere, address: `10.0.0.${i}` }))))
    expect(outcomes.filter((outcome) => outcome === 'allowed')).toHaveLength(1)
    expect(await rig.storage.query('SELECT sid FROM sign_ins')).toHaveLength(1)
  })

  test('end after 15 minutes', async () => {
    const [early, late] = [await code({ loopbackOnly: false }), await code({ loopbackOnly: false })]
    rig.clock.advance(15 * 60_000 - 1)
    expect(await outcomeOf(rig.auth.signIn.byCode(early, here))).toBe('allowed')
    rig.clock.advance(1)
    expect(await outcomeOf(rig.auth.signIn.byCode(late, here))).toBe('UNAUTHORIZED')
  })

  test('for this machine only are refused from elsewhere and not used up by it', async () => {
    const text = await code({ loopbackOnly: true })
    expect(await outcomeOf(rig.auth.signIn.byCode(text, elsewhere))).toBe('UNAUTHORIZED')
    expect(await outcomeOf(rig.auth.signIn.byCode(text, { ...elsewhere, address: '127.0.0.1' }))).toBe('UNAUTHORIZED')
    expect(await outcomeOf(rig.auth.signIn.byCode(text, here))).toBe('allowed')
  })

  test('C9: where somebody is signed in already, only their own is used; one of another stays good', async () => {
    const other = await rig.auth.accounts.add({ name: 'pia', role: 'user' })
    const [text, own] = [await code({ loopbackOnly: false }), await rig.auth.signIn.createCode(other.id, { loopbackOnly: false })]
    expect(await outcomeOf(rig.auth.signIn.byCode(text, elsewhere, other.id))).toBe('CONFLICT')
    expect(await outcomeOf(rig.auth.signIn.byCode('guessed', elsewhere, other.id))).toBe('UNAUTHORIZED')
    expect(await outcomeOf(rig.auth.signIn.byCode(own, elsewhere, other.id))).toBe('allowed')
    expect(await outcomeOf(rig.auth.signIn.byCode(text, elsewhere))).toBe('allowed')
  })

  test('are not kept in a readable form', async () => {
    const text = await code({ loopbackOnly: true })
    const rows = JSON.stringify(await rig.storage.query('SELECT * FROM sign_in_codes'))
    expect(rows).not.toContain(text)
  })

  test('of a removed user are worth nothing', async () => {
    const text = await code({ loopbackOnly: false })
    await rig.auth.accounts.remove('ola')
    expect(await outcomeOf(rig.auth.signIn.byCode(text, here))).toBe('UNAUTHORIZED')
  })

  test('are guessed five times a minute from one address', async () => {
    for (let i = 0; i < 5; i++) expect(await outcomeOf(rig.auth.signIn.byCode(`guess ${i}`, elsewhere))).toBe('UNAUTHORIZED')
    expect(await outcomeOf(rig.auth.signIn.byCode('guess', elsewhere))).toBe('RATE_LIMITED')
    expect(await outcomeOf(rig.auth.signIn.byCode(await code({ loopbackOnly: false }), here))).toBe('allowed')
  })
})

test('A7 however many places strangers try from, the audit grows by a hundred rows an hour and one, and forgets them after 90 days', async () => {
  const rows = () => rig.storage.query<{ username: string; address: string | null; count: number }>("SELECT username, address, json_extract(detail, '$.count') AS count FROM audit WHERE action = 'sign_in_failed' ORDER BY id")
  rig.clock.advance(3_600_000 - (rig.clock.now() % 3_600_000))
  for (let n = 0; n < 130; n++) await outcomeOf(rig.auth.signIn.byCode('guess', { ...elsewhere, address: `198.51.100.${n}` }))
  for (let n = 0; n < 2; n++) await outcomeOf(rig.auth.signIn.byCode('guess', { ...elsewhere, address: '198.51.100.0' }))
  const hour = await rows()
  expect([hour.length, hour[0], hour[1], hour.at(-1)]).toEqual([101, { username: '', address: '198.51.100.0', count: 3 }, { username: '', address: '198.51.100.1', count: 1 }, { username: '', address: null, count: 30 }])
  rig.clock.advance(3_600_000)
  await outcomeOf(rig.auth.signIn.byCode('guess', elsewhere))
  expect((await rows()).length).toBe(102)
  const deeds = await rig.storage.query("SELECT id FROM audit WHERE action <> 'sign_in_failed'")
  rig.clock.step(90 * 24 * 3_600_000 - 3_600_000)
  rig.clock.advance(3_600_000)
  await eventually('the first hour is forgotten', async () => (await rows()).length === 1)
  expect(await rig.storage.query("SELECT id FROM audit WHERE action <> 'sign_in_failed'")).toEqual(deeds)
})

describe('passwords', () => {
  const password = 'correct horse battery'
  const attempt = (username: string, text: string, from = here) => rig.auth.signIn.byPassword({ username, password: text }, from)

  test('sign in by name in any case; a wrong one and an unknown name get the same answer', async () => {
    await rig.auth.accounts.add({ name: 'Zoë', role: 'user', password })
    const grant = await attempt('ZOE\u0308', password)
    expect(grant.user.name).toBe('Zoë')
    const refusals = await Promise.all([attempt('zoë', 'wrong'), attempt('nobody', 'wrong')].map((work) => work.catch((error: Refused) => [error.code, error.message, error.options])))
    expect(refusals[0]).toEqual(refusals[1]!)
    expect(await audited()).toEqual(['user_added', 'sign_in', 'sign_in_failed', 'sign_in_failed'])
  })

  test('are hashed with argon2id, twice over 64 MiB, and whoever is unknown costs the same', async () => {
    const { auth, storage, remove } = await authRig({ hashCost: undefined })
    const verify = spyOn(Bun.password, 'verify')
    try {
      await auth.accounts.add({ name: 'kai', role: 'user', password })
      const [row] = await storage.query<{ password_hash: string }>('SELECT password_hash FROM users')
      expect(row!.password_hash).toStartWith('$argon2id$v=19$m=65536,t=2,p=1$')
      expect(await outcomeOf(auth.signIn.byPassword({ username: 'kai', password }, here))).toBe('allowed')
      expect(await outcomeOf(auth.signIn.byPassword({ username: 'nobody', password }, here))).toBe('UNAUTHORIZED')
      expect(verify.mock.calls.map(([, hash]) => hash.slice(0, 30))).toEqual([row!.password_hash.slice(0, 30), '$argon2id$v=19$m=65536,t=2,p=1'])
    } finally {
      verify.mockRestore()
      await remove()
    }
  })

  test('are of 8 characters and 256 bytes at most', async () => {
    await rig.auth.accounts.add({ name: 'kai', role: 'user', password: '비'.repeat(85) })
    expect(await outcomeOf(attempt('kai', '비'.repeat(85)))).toBe('allowed')
    expect(await outcomeOf(attempt('kai', '비'.repeat(86)))).toBe('VALIDATION')
    expect(await outcomeOf(rig.auth.accounts.setPassword('kai', 'short'))).toBe('VALIDATION')
    expect(await outcomeOf(rig.auth.accounts.setPassword('kai', '비'.repeat(86)))).toBe('VALIDATION')
  })

  test('a user without one cannot sign in with any', async () => {
    await rig.auth.accounts.add({ name: 'robot', role: 'user' })
    expect(await outcomeOf(attempt('robot', ''))).toBe('UNAUTHORIZED')
    expect(await outcomeOf(attempt('robot', 'null'))).toBe('UNAUTHORIZED')
  })

  test('five attempts a minute for an address and name, then locked until, then five again', async () => {
    await rig.auth.accounts.add({ name: 'lea', role: 'user', password })
    await rig.auth.accounts.add({ name: 'tom', role: 'user', password })
    const started = rig.clock.now()
    const first = await Promise.all(Array.from({ length: 8 }, () => outcomeOf(attempt('lea', 'wrong'))))
    expect(first.filter((outcome) => outcome === 'UNAUTHORIZED')).toHaveLength(5)
    expect(first.filter((outcome) => outcome === 'RATE_LIMITED')).toHaveLength(3)
    const refusal = await attempt('LEA', password).catch((error: Refused) => error)
    expect(refusal).toBeInstanceOf(Refused)
    expect((refusal as Refused).options).toEqual({ details: { locked_until: started + 60_000 }, retryAfterMs: 60_000 })
    expect(await outcomeOf(attempt('tom', password))).toBe('allowed')
    expect(await outcomeOf(attempt('lea', password, elsewhere))).toBe('allowed')
    rig.clock.advance(60_000)
    expect(await outcomeOf(attempt('lea', password))).toBe('allowed')
  })

  test('L1 all addresses of one network of IPv6 are one place', async () => {
    await rig.auth.accounts.add({ name: 'lea', role: 'user', password })
    const from = (address: string) => ({ address, agent: null, local: false })
    for (let i = 0; i < 5; i++) expect(await outcomeOf(attempt('lea', 'wrong', from(`2001:db8:0:7:${i}::1`)))).toBe('UNAUTHORIZED')
    expect([await outcomeOf(attempt('lea', password, from('2001:db8::7:ffff:0:0:9'))), await outcomeOf(attempt('lea', password, from('2001:db8:0:8::1')))]).toEqual(['RATE_LIMITED', 'allowed'])
  })

  test('L1 behind one tunnel each is slowed down alone, and a name, whoever tries it, after ten times as much', async () => {
    const { auth, remove } = await authRig({ signInsPerMinute: 1 })
    try {
      await auth.accounts.add({ name: 'lea', role: 'user', password })
      const by = (hop: string, text: string) => outcomeOf(auth.signIn.byPassword({ username: 'lea', password: text }, { address: '127.0.0.1', agent: null, local: false, hop }))
      expect([await by('6.6.6.6', 'wrong'), await by('6.6.6.6', password), await by('203.0.113.7', password)]).toEqual(['UNAUTHORIZED', 'RATE_LIMITED', 'allowed'])
      for (let i = 0; i < 8; i++) expect(await by(`6.6.6.${i + 10}`, 'wrong')).toBe('UNAUTHORIZED')
      expect(await by('6.6.6.20', 'wrong')).toBe('RATE_LIMITED')
    } finally {
      await remove()
    }
  })

  test('L1 who has the right one signs in twenty times at once from one place, then five times a minute; no hash is made of more, and nobody else waits', async () => {
    await rig.auth.accounts.add({ name: 'lea', role: 'user', password })
    await rig.auth.accounts.add({ name: 'tom', role: 'user', password })
    const { verify } = Bun.password
    const hashing = spyOn(Bun.password, 'verify').mockImplementation(async (text) => text === password)
    try {
      for (let i = 0; i < 20; i++) expect(await outcomeOf(attempt('lea', password))).toBe('allowed')
      const refusal = await attempt('lea', password).catch((error: Refused) => error)
      expect(refusal).toMatchObject({ code: 'RATE_LIMITED', options: { retryAfterMs: 12_000 } })
      expect(hashing).toHaveBeenCalledTimes(20)
      expect(await outcomeOf(attempt('tom', password))).toBe('allowed')
      expect(await outcomeOf(attempt('lea', password, elsewhere))).toBe('allowed')
      // Wrong ones use up none of it.
      for (let i = 0; i < 5; i++) expect(await outcomeOf(attempt('tom', 'wrong'))).toBe('UNAUTHORIZED')
      rig.clock.advance(60_000)
      for (let i = 0; i < 5; i++) expect(await outcomeOf(attempt('lea', password))).toBe('allowed')
      expect([await outcomeOf(attempt('lea', password)), await outcomeOf(attempt('tom', password))]).toEqual(['RATE_LIMITED', 'allowed'])
      // From ever other places it ends as well.
      let from = 0
      while ((await outcomeOf(attempt('lea', password, { ...elsewhere, address: `203.0.113.${from + 9}` }))) === 'allowed') from++
      expect(from).toBe(200 - 5)
    } finally {
      hashing.mockRestore()
      expect(Bun.password.verify).toBe(verify)
    }
  })

  test('of one’s own are changed five times a minute, however right the old one is', async () => {
    const user = await rig.auth.accounts.add({ name: 'mo', role: 'user' })
    const grant = await rig.auth.signIn.byCode(await rig.auth.signIn.createCode(user.id, { loopbackOnly: false }), here)
    const who = await rig.auth.identify(grant.accessToken, here)
    const change = (old: string | null, next: string) => outcomeOf(rig.auth.own.setPassword(who, { old, new: next }))
    const hashing = spyOn(Bun.password, 'verify').mockImplementation(async () => true)
    try {
      for (let i = 0; i < 5; i++) expect(await change(i === 0 ? null : password, password)).toBe('allowed')
      expect(await change(password, password)).toBe('RATE_LIMITED')
      rig.clock.advance(60_000)
      expect(await change(password, password)).toBe('allowed')
    } finally {
      hashing.mockRestore()
    }
  })

  test('many names from one address stand in line for one hash at a time, and lock out nobody', async () => {
    const { auth, remove } = await authRig({ signInsPerMinute: 1 })
    try {
      for (const name of ['lea', 'tom']) await auth.accounts.add({ name, role: 'user', password })
      const attempt = (username: string, text: string, from = here) => outcomeOf(auth.signIn.byPassword({ username, password: text }, from))
      await Promise.all(Array.from({ length: 10 }, (_, i) => attempt(`name${i}`, '')))
      const flood = Promise.all(Array.from({ length: 12 }, (_, i) => attempt(`other${i}`, '')))
      expect(await attempt('tom', password, elsewhere)).toBe('allowed')
      expect(await attempt('lea', password)).toBe('allowed')
      expect(new Set(await flood)).toEqual(new Set(['UNAUTHORIZED']))
    } finally {
      await remove()
    }
  })

  test('L1 a hundred of an address stand in line, and a try that finds the line full counts for nobody', async () => {
    const { auth, storage, remove } = await authRig({ signInsPerMinute: 1 })
    const held = Promise.withResolvers<void>()
    const verify = spyOn(Bun.password, 'verify').mockImplementation((text) => held.promise.then(() => text === password))
    try {
      await auth.accounts.add({ name: 'lea', role: 'user', password })
      const attempt = (username: string, text: string) => outcomeOf(auth.signIn.byPassword({ username, password: text }, here))
      // The one at work and the hundred behind it.
      const flood = Promise.all(Array.from({ length: 101 }, (_, i) => attempt(`name${i}`, '')))
      expect(await attempt('lea', password)).toBe('BUSY')
      const query = spyOn(storage, 'query')
      for (let i = 0; i < 11; i++) expect(await attempt('lea', password)).toBe('BUSY')
      expect(query).not.toHaveBeenCalled()
      query.mockRestore()
      held.resolve()
      expect(new Set(await flood)).toEqual(new Set(['UNAUTHORIZED']))
      expect(await attempt('lea', password)).toBe('allowed')
    } finally {
      held.resolve()
      verify.mockRestore()
      await remove()
    }
  })

  test('an old one that still stood in line signs nobody in once it was changed', async () => {
    await rig.auth.accounts.add({ name: 'vic', role: 'user', password: 'the old password' })
    const { commit } = rig.storage
    const changedMeanwhile = spyOn(rig.storage, 'commit').mockImplementationOnce(async (batch) => {
      await commit({ statements: [{ sql: "UPDATE users SET password_hash = 'another' WHERE name_key = 'vic'" }] })
      return commit(batch)
    })
    expect(await outcomeOf(rig.auth.signIn.byPassword({ username: 'vic', password: 'the old password' }, here))).toBe('UNAUTHORIZED')
    expect(await rig.storage.query('SELECT sid FROM sign_ins')).toEqual([])
    changedMeanwhile.mockRestore()
  })
})

describe('refresh', () => {
  test('rotates, and the old token gives the same successor for a minute', async () => {
    const { refreshToken: first, pageKey } = await rig.person('ben')
    const second = await rig.auth.signIn.refresh(first, pageKey, here)
    const [again, atOnce] = await Promise.all([rig.auth.signIn.refresh(first, pageKey, here), rig.auth.signIn.refresh(first, pageKey, here)])
    expect(second.refreshToken).not.toBe(first)
    expect([again!.refreshToken, atOnce!.refreshToken]).toEqual([second.refreshToken, second.refreshToken])
    rig.clock.advance(60_000)
    expect((await rig.auth.signIn.refresh(first, pageKey, here)).refreshToken).toBe(second.refreshToken)
    expect(await outcomeOf(rig.auth.identify(second.accessToken, here))).toBe('allowed')
  })

  test('twenty tabs that refresh at the same moment all get the same successor', async () => {
    const { refreshToken, pageKey } = await rig.person('ben')
    const grants = await Promise.all(Array.from({ length: 20 }, () => rig.auth.signIn.refresh(refreshToken, pageKey, here)))
    expect(new Set(grants.map((grant) => grant.refreshToken)).size).toBe(1)
    expect(await rig.storage.query('SELECT hash FROM refresh_tokens')).toHaveLength(2)
  })

  test('L1 rotates sixty times at once and then once a second; what waits is not used up, and another sign-in does not wait', async () => {
    const { refreshToken, pageKey } = await rig.person('ben')
    const other = await rig.person('ben')
    const shown = [refreshToken]
    for (let n = 0; n < 60; n++) shown.push((await rig.auth.signIn.refresh(shown.at(-1)!, pageKey, here)).refreshToken)
    const before = await rig.storage.query('SELECT * FROM refresh_tokens')
    const next = () => rig.auth.signIn.refresh(shown.at(-1)!, pageKey, here)
    expect(await next().catch((error: Refused) => [error.code, error.options])).toEqual(['RATE_LIMITED', { retryAfterMs: 1_000 }])
    expect(await rig.storage.query('SELECT * FROM refresh_tokens')).toEqual(before)
    expect((await rig.auth.signIn.refresh(shown.at(-2)!, pageKey, here)).refreshToken).toBe(shown.at(-1)!)
    expect(await outcomeOf(rig.auth.signIn.refresh(other.refreshToken, other.pageKey, here))).toBe('allowed')
    rig.clock.advance(1_000)
    expect(await outcomeOf(next())).toBe('allowed')
  })

  test('a token used again after that minute ends the whole family', async () => {
    const { refreshToken: stolen, pageKey } = await rig.person('ben')
    const second = await rig.auth.signIn.refresh(stolen, pageKey, here)
    rig.clock.advance(60_001)
    const third = await rig.auth.signIn.refresh(second.refreshToken, pageKey, here)
    expect(await outcomeOf(rig.auth.signIn.refresh(stolen, pageKey, elsewhere))).toBe('UNAUTHORIZED')
    expect(await outcomeOf(rig.auth.signIn.refresh(third.refreshToken, pageKey, here))).toBe('UNAUTHORIZED')
    expect(await outcomeOf(rig.auth.identify(third.accessToken, here))).toBe('UNAUTHORIZED')
    expect(await audited()).toContain('refresh_reused')
  })

  test('C8 with the cookie alone or a wrong half: refused, nothing rotates, and an old cookie ends no sign-in', async () => {
    const { refreshToken: first, pageKey } = await rig.person('ben')
    const other = await rig.person('kim')
    const before = await rig.storage.query('SELECT * FROM refresh_tokens')
    for (const half of ['', 'x', 'x'.repeat(10_000), pageKey.slice(1), other.pageKey]) expect(await outcomeOf(rig.auth.signIn.refresh(first, half, elsewhere))).toBe('UNAUTHORIZED')
    expect(await rig.storage.query('SELECT * FROM refresh_tokens')).toEqual(before)
    const second = await rig.auth.signIn.refresh(first, pageKey, here)
    rig.clock.advance(60_001)
    expect(await outcomeOf(rig.auth.signIn.refresh(first, other.pageKey, elsewhere))).toBe('UNAUTHORIZED')
    expect(await outcomeOf(rig.auth.signIn.refresh(second.refreshToken, pageKey, here))).toBe('allowed')
    expect(await audited()).not.toContain('refresh_reused')
  })

  test('a sign-in from before there were two halves ends', async () => {
    const { refreshToken, pageKey } = await rig.person('ben')
    await rig.storage.commit({ statements: [{ sql: 'UPDATE sign_ins SET page_key_hash = NULL' }] })
    expect(await outcomeOf(rig.auth.signIn.refresh(refreshToken, pageKey, here))).toBe('UNAUTHORIZED')
  })

  test('lasts 30 days from the last time', async () => {
    const day = 24 * 3_600_000
    const { refreshToken: first, pageKey } = await rig.person('ben')
    rig.clock.advance(29 * day)
    const second = await rig.auth.signIn.refresh(first, pageKey, here)
    rig.clock.advance(29 * day)
    const third = await rig.auth.signIn.refresh(second.refreshToken, pageKey, here)
    rig.clock.advance(30 * day)
    expect(await outcomeOf(rig.auth.signIn.refresh(third.refreshToken, pageKey, here))).toBe('UNAUTHORIZED')
  })

  test('nothing that could sign in is in the database', async () => {
    const { refreshToken, pageKey, token } = await rig.person('ben')
    const { refreshToken: next } = await rig.auth.signIn.refresh(refreshToken, pageKey, here)
    const tables = ['refresh_tokens', 'sign_ins', 'sign_in_codes', 'audit', 'users']
    const all = JSON.stringify(await Promise.all(tables.map((table) => rig.storage.query(`SELECT * FROM ${table}`))))
    for (const text of [refreshToken, next, pageKey, token]) expect(all).not.toContain(text)
  })

  test('garbage is UNAUTHORIZED, and signing out ends it', async () => {
    const { who, refreshToken, pageKey, token } = await rig.person('ben')
    for (const text of ['', 'x', '\u0000', 'x'.repeat(10_000)]) expect(await outcomeOf(rig.auth.signIn.refresh(text, pageKey, here))).toBe('UNAUTHORIZED')
    await rig.auth.signIn.logout(who)
    expect(await outcomeOf(rig.auth.signIn.refresh(refreshToken, pageKey, here))).toBe('UNAUTHORIZED')
    expect(await outcomeOf(rig.auth.identify(token, here))).toBe('UNAUTHORIZED')
  })

  test('old rows are let go of', async () => {
    await rig.person('ben')
    await rig.auth.signIn.createCode((await rig.auth.accounts.find('ben'))!.id, { loopbackOnly: true })
    rig.clock.advance(31 * 24 * 3_600_000)
    await rig.storage.commit({})
    for (const table of ['refresh_tokens', 'sign_ins', 'sign_in_codes']) expect(await rig.storage.query(`SELECT * FROM ${table}`)).toEqual([])
  })
})
