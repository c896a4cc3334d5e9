// Settings: every way to give them, every unsafe combination refused with a sentence that says what to do.
import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flagOf, readConfig, SETTINGS, type Config, type Environment, whyNotToStart } from '../../../relay/config.ts'
import { childEnvironment } from '../../../relay/claude/child-environment.ts'
import { settingsTable } from '../../../relay/cli/settings-table.ts'

const folder = mkdtempSync(join(tmpdir(), 'ensemble-config-'))
afterAll(() => rmSync(folder, { recursive: true }))
const machine = { folder, home: '/home/somebody', memoryBytes: 7.9 * 1024 ** 3 }
const pem = join(folder, 'some.pem')
writeFileSync(pem, '')

const read = (env: Environment = {}, argv: string[] = [], demo?: { claudeOverrides: Record<string, string> }) => readConfig(env, argv, machine, demo)
function good(env: Environment = {}, argv: string[] = []): Config {
  const result = read(env, argv)
  if ('problem' in result) throw new Error(result.problem)
  return result.ok
}
const problem = (env: Environment = {}, argv: string[] = []) => {
  const result = read(env, argv)
  return 'problem' in result ? result.problem : null
}

test('defaults of a laptop: loopback, the folder it was started in, data where XDG says', () => {
  const config = good()
  expect(config).toMatchObject({
    host: '127.0.0.1', port: 8765, publicUrl: null, folder, ensembleRoots: [folder], ensembleData: '/home/somebody/.local/share/ensemble',
    databaseUrl: 'sqlite:/home/somebody/.local/share/ensemble/ensemble.sqlite', claudeMaxProcesses: 7, claudeIdleMinutes: 30, claudeSandbox: 'auto',
    enablePersistentSessions: true, allowBypass: false, maxConnections: 1000, maxConnectionsPerUser: 20, promptsPerSecond: 10, signInsPerMinute: 5, demo: false, claudeOverrides: {},
  })
  expect(good({ XDG_DATA_HOME: '/data' }).ensembleData).toBe('/data/ensemble')
  expect(good({ XDG_DATA_HOME: 'data' }).ensembleData).toBe('/home/somebody/.local/share/ensemble')
})

test('every setting has a flag of its own and a line in the README’s table', () => {
  const flags = SETTINGS.map(({ name }) => flagOf(name))
  expect(new Set(flags).size).toBe(SETTINGS.length)
  const table = settingsTable().split('\n')
  for (const { name, meaning } of SETTINGS) expect(table.filter((line) => line.startsWith(`| \`${name}\` |`) && line.endsWith(`| ${meaning} |`))).toHaveLength(1)
  expect(table).toHaveLength(SETTINGS.length + 2)
})

test('flags win over the environment, in either spelling; empty variables are unset', () => {
  expect(good({ PORT: '1000' }, ['--port', '2000']).port).toBe(2000)
  expect(good({ PORT: '1000' }, ['--PORT=2000']).port).toBe(2000)
  expect(good({ PORT: '', HOST: '  ' })).toMatchObject({ port: 8765, host: '127.0.0.1' })
  expect(good({}, ['--allow_bypass', '--ws-compression=on', '.'])).toMatchObject({ allowBypass: true, wsCompression: true, folder })
  expect(good({}, ['--allow-bypass', 'false']).allowBypass).toBe(false)
  expect(good({ ALLOWED_ORIGINS: 'https://a.example, https://b.example', ENSEMBLE_ROOTS: '/a:b', ENSEMBLE_DATA: 'x' })).toMatchObject({
    allowedOrigins: ['https://a.example', 'https://b.example'], ensembleRoots: ['/a', join(folder, 'b')], ensembleData: join(folder, 'x'),
  })
})

test('nothing starts in a folder where nothing may work, but its accounts can be seen to from anywhere', () => {
  const why = (roots: string, where: string[] = []) => whyNotToStart(good({ ENSEMBLE_ROOTS: roots }, where))
  for (const roots of ['', '.', '..', '/', `/usr:${folder}`]) expect([roots, why(roots)]).toEqual([roots, null])
  for (const roots of ['/usr:/no/such/folder', `${folder}/..x`]) expect(why(roots)).toContain('Add it to ENSEMBLE_ROOTS')
  expect(why('.', ['..'])).toContain('Add it to ENSEMBLE_ROOTS')
})

const s3: Environment = { S3_ACCESS_KEY_ID: 'an id', S3_SECRET_ACCESS_KEY: 'a secret' }

test('a bucket for files: where it is and its keys, which no sentence repeats', () => {
  const bucketOf = (env: Environment) => (read(env) as { ok: Config }).ok.filesBucket
  expect(bucketOf({ ...s3 })).toBeNull()
  expect(bucketOf({ FILES_URL: 's3://files/team/one/?endpoint=http://127.0.0.1:9000', ...s3 })).toEqual({ bucket: 'files', prefix: 'team/one/', endpoint: 'http://127.0.0.1:9000', region: 'auto', accessKeyId: 'an id', secretAccessKey: 'a secret', sessionToken: null })
  expect(bucketOf({ FILES_URL: 's3://files', AWS_REGION: 'eu-1', AWS_ACCESS_KEY_ID: 'c', AWS_SECRET_ACCESS_KEY: 'd', AWS_SESSION_TOKEN: 'e', ...s3 })).toMatchObject({ prefix: '', endpoint: null, region: 'eu-1', accessKeyId: 'an id', secretAccessKey: 'a secret', sessionToken: null })
  expect(bucketOf({ FILES_URL: 's3://files?region=eu-1', AWS_ACCESS_KEY_ID: 'c', AWS_SECRET_ACCESS_KEY: 'd', AWS_SESSION_TOKEN: 'e' })).toMatchObject({ accessKeyId: 'c', secretAccessKey: 'd', sessionToken: 'e' })
  expect(bucketOf({ FILES_URL: 's3://files?endpoint=http://minio:9000', ALLOW_INSECURE: '1', ...s3 })).toMatchObject({ endpoint: 'http://minio:9000' })
  expect(bucketOf({ FILES_URL: 's3://files?region=eu-1', CLAUDE_CODE_USE_BEDROCK: '1', AWS_ACCESS_KEY_ID: 'c', AWS_SECRET_ACCESS_KEY: 'd', ...s3 })).toMatchObject({ accessKeyId: 'an id' })
  for (const url of ['s3://KEYINURL:SECRETINURL@files', 's3://files?secretAccessKey=SECRETINURL', 's3://files?region=SECRET INURL']) {
    expect(problem({ FILES_URL: url, ...s3 })).toContain('FILES_URL')
    expect(problem({ FILES_URL: url, ...s3 })).not.toContain('INURL')
  }
})

test('keys of the bucket are not for Claude', () => {
  const keys = { ...s3, S3_SESSION_TOKEN: 't', S3_ENDPOINT: 'e', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c', FILES_URL: 's3://files' }
  expect(Object.keys(childEnvironment({ PATH: '/bin', ...keys }, [])).filter((name) => name in keys)).toEqual([])
  expect(Object.keys(childEnvironment({ ...keys, CLAUDE_CODE_USE_BEDROCK: '1' }, [])).filter((name) => name.startsWith('S3_'))).toEqual([])
})

describe('refused with what to do', () => {
  const cases: [Environment, string[], RegExp][] = [
    [{ HOST: '0.0.0.0' }, [], /TLS_CERT.*PUBLIC_URL.*ALLOW_INSECURE/],
    [{ HOST: '::' }, [], /ALLOW_INSECURE/],
    [{ HOST: '192.168.1.2' }, [], /ALLOW_INSECURE/],
    [{ HOST: '127.evil.example' }, [], /ALLOW_INSECURE/],
    [{ PUBLIC_URL: 'http://ensemble.example' }, [], /https/],
    [{ PUBLIC_URL: 'https://ensemble.example/path' }, [], /no path/],
    [{ PUBLIC_URL: 'ensemble.example' }, [], /PUBLIC_URL/],
    [{ PUBLIC_URL: 'javascript:alert(1)' }, [], /PUBLIC_URL/],
    [{ TLS_CERT: '/etc/hosts' }, [], /both or neither/],
    [{ TLS_CERT: '/no/such.pem', TLS_KEY: '/no/such.key' }, [], /PEM/],
    [{ JWT_SECRET: 'secret' }, [], /openssl rand/],
    [{ JWT_SECRET: 'x'.repeat(64) }, [], /openssl rand/],
    [{ JWT_SECRET: 'changeme'.repeat(20) }, [], /openssl rand/],
    [{ JWT_SECRET: '0123456789abcdef0123456789abcdef' }, [], /openssl rand/],
    [{ JWT_JWKS_URL: 'https://id.example/keys' }, [], /JWT_ISSUER and JWT_AUDIENCE/],
    [{ JWT_JWKS_URL: 'http://id.example/keys', JWT_ISSUER: 'a', JWT_AUDIENCE: 'b' }, [], /https/],
    [{ DATABASE_URL: 'postgres://localhost/x' }, [], /sqlite/],
    [{ NATS_URL: 'nats://localhost' }, [], /unset NATS_URL/],
    [{ FILES_URL: 'https://bucket.example/x' }, [], /FILES_URL must be an address such as s3:/],
    [{ FILES_URL: 's3://' }, [], /FILES_URL/],
    [{ FILES_URL: 's3://files' }, [], /region of its bucket/],
    [{ FILES_URL: 's3://files?region=eu-1' }, [], /S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY/],
    [{ FILES_URL: 's3://files?region=eu-1', S3_ACCESS_KEY_ID: 'a' }, [], /S3_SECRET_ACCESS_KEY/],
    [{ FILES_URL: 's3://files/../x y?region=eu-1', ...s3 }, [], /other letters/],
    [{ FILES_URL: 's3://files?region=eu-1&acl=public', ...s3 }, [], /endpoint and region only/],
    [{ FILES_URL: 's3://files?endpoint=ftp://x', ...s3 }, [], /endpoint that is not an address/],
    [{ FILES_URL: 's3://files?endpoint=http://minio:9000', ...s3 }, [], /minio:9000.*in the clear.*ALLOW_INSECURE/],
    [{ FILES_URL: 's3://files?region=eu-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', CLAUDE_CODE_USE_BEDROCK: '1' }, [], /hands of Claude.*keys of its own/],
    [{ ALLOWED_ORIGINS: 'https://a.example/' }, [], /ALLOWED_ORIGINS/],
    [{ ALLOWED_ORIGINS: '*' }, [], /ALLOWED_ORIGINS/],
    [{ TRUSTED_PROXIES: '10.0.0.1, nginx' }, [], /TRUSTED_PROXIES has "nginx"/],
    [{ TRUSTED_PROXIES: '10.0.0.0/33' }, [], /TRUSTED_PROXIES/],
    [{ TRUSTED_PROXIES: '10.0.0.0/8/8' }, [], /TRUSTED_PROXIES/],
    [{ WEBHOOK_ALLOW_PRIVATE: 'https://hook' }, [], /WEBHOOK_ALLOW_PRIVATE has "https:..hook"/],
    [{ WEBHOOK_ALLOW_PRIVATE: 'box, 10.0.0.0/33' }, [], /WEBHOOK_ALLOW_PRIVATE has "10.0.0.0.33"/],
    [{ PORT: '80a' }, [], /PORT is "80a".*0 to 65535/],
    [{ PORT: '65536' }, [], /65535/],
    [{ PORT: '-1' }, [], /PORT/],
    [{ PORT: '1e3' }, [], /PORT/],
    [{ CLAUDE_SANDBOX: 'docker' }, [], /auto, bwrap, off/],
    [{ ALLOW_BYPASS: 'maybe' }, [], /true or false/],
    [{}, ['--nope'], /--nope is unknown/],
    [{}, ['-x'], /-x is unknown/],
    [{}, ['--port'], /needs a value/],
    [{}, ['/no/such/folder'], /not a folder/],
    [{}, [pem], /not a folder/],
    [{}, ['.', '..'], /one folder/],
  ]
  test.each(cases)('%p %p', (env, argv, pattern) => expect(problem(env, argv)).toMatch(pattern))

  test('the demo outside of loopback', () => {
    for (const env of [{ HOST: '0.0.0.0', ALLOW_INSECURE: 'true' }, { PUBLIC_URL: 'https://ensemble.example' }]) {
      expect(read(env, [], { claudeOverrides: {} })).toEqual({ problem: 'The demo only runs on loopback: unset HOST and PUBLIC_URL.' })
    }
    expect(read({ ENSEMBLE_DATA: '/data' }, [], { claudeOverrides: { A: 'b' } })).toMatchObject({ ok: { demo: true, ensembleData: '/data/demo/data', claudeOverrides: { A: 'b' } } })
  })
})

test('what makes a wider address safe is accepted', () => {
  for (const env of [
    { HOST: '0.0.0.0', ALLOW_INSECURE: '1' },
    { HOST: '0.0.0.0', PUBLIC_URL: 'https://ensemble.example/' },
    { HOST: '0.0.0.0', TLS_CERT: pem, TLS_KEY: pem },
    { HOST: 'localhost' },
    { HOST: '::1' },
    { HOST: '127.0.0.9' },
    { PUBLIC_URL: 'http://localhost:5173' },
    { JWT_SECRET: 'tR3x0cQmZ8vJ1yP5uKdN7wBf2gLhSa9EiOqWzXbVnM4=' },
    { JWT_SECRET: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' },
    { JWT_JWKS_URL: 'https://id.example/keys', JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'relay' },
    { DATABASE_URL: 'sqlite:/data/x.db' },
    { DATABASE_URL: '/data/x.db' },
    { TRUSTED_PROXIES: '10.0.0.0/8, ::1, 192.168.1.1,fd00::/8' },
    { WEBHOOK_ALLOW_PRIVATE: 'true' },
    { WEBHOOK_ALLOW_PRIVATE: 'box.internal, 10.0.0.0/8, fd00::/8, ::1' },
  ]) expect(problem(env)).toBeNull()
  expect(good({ PUBLIC_URL: 'https://Ensemble.example:443/' }).publicUrl).toBe('https://ensemble.example')
})
