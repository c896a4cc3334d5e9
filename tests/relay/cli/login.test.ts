// `ensemble login` runs the sign-in of the CLI that the relay uses, in this terminal, with what Claude may see.
import { afterAll, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dir, '..', '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'ensemble-login-'))
afterAll(() => rmSync(folder, { recursive: true }))

function login(args: string[], env: Record<string, string> = {}) {
  const run = Bun.spawnSync([process.execPath, join(root, 'relay', 'cli', 'ensemble.mjs'), 'login', ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH']!, HOME: folder, ENSEMBLE_DATA: join(folder, 'data'), ...env },
    stdin: Buffer.from('the code\n'),
  })
  return { code: run.exitCode, out: run.stdout.toString(), err: run.stderr.toString() }
}

test('the operator’s CLI is asked to sign in: it has the terminal, Claude’s environment, and its exit code counts', () => {
  const cli = join(folder, 'claude')
  writeFileSync(cli, '#!/bin/sh\nread typed\necho "$* / $typed / $HOME / $JWT_SECRET"\nexit 3\n')
  chmodSync(cli, 0o755)
  const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(48))).toString('base64')
  expect(login([], { CLAUDE_BIN: cli, JWT_SECRET: secret })).toEqual({ code: 3, out: `auth login / the code / ${folder} / \n`, err: '' })
})

test('the CLI that comes with the product knows the command', async () => {
  const { findClaude } = await import('../../../relay/claude/describe-claude.ts')
  const run = Bun.spawnSync([findClaude(null)!, 'auth', 'login', '--help'], { env: { HOME: folder, PATH: process.env['PATH']! } })
  expect(run.stdout.toString()).toContain('claude auth login')
})

test('a CLI that is not there, or a word too many, is said in a sentence', () => {
  expect(login([], { CLAUDE_BIN: join(folder, 'none') })).toMatchObject({ code: 1, err: expect.stringMatching(/^ensemble: .*CLAUDE_BIN/) })
  expect(login(['me'])).toEqual({ code: 1, out: '', err: 'ensemble: ensemble login takes nothing more, but there is "me".\n' })
})
