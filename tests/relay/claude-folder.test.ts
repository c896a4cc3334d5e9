// Where Claude keeps what is its person's own, by one rule for all who look there.
import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { claudeFolderOf } from '../../relay/claude-folder.ts'
import { listTranscripts } from '../../relay/claude/transcript-files.ts'
import { credentialsOf } from '../../relay/claude/describe-claude.ts'

test('a folder that is set, else the one at home; an empty variable is none', () => {
  expect(claudeFolderOf({ CLAUDE_CONFIG_DIR: '/elsewhere', HOME: '/home/ann' })).toBe('/elsewhere')
  for (const environment of [{ HOME: '/home/ann' }, { CLAUDE_CONFIG_DIR: '', HOME: '/home/ann' }]) expect(claudeFolderOf(environment)).toBe('/home/ann/.claude')
  for (const environment of [{}, { HOME: '' }]) expect(claudeFolderOf(environment)).toBe(join(homedir(), '.claude'))
})

test('the login and the transcripts are looked for in the same one', async () => {
  const home = mkdtempSync(join(tmpdir(), 'claude-folder-'))
  const projects = join(home, '.claude', 'projects', '-work')
  mkdirSync(projects, { recursive: true })
  writeFileSync(join(home, '.claude', '.credentials.json'), '{}')
  writeFileSync(join(projects, '0b6b0a1c-0000-4000-8000-000000000001.jsonl'), '{}\n')
  const environments: Record<string, string>[] = [{ HOME: home }, { CLAUDE_CONFIG_DIR: '', HOME: home }, { CLAUDE_CONFIG_DIR: join(home, '.claude'), HOME: '/' }]
  for (const environment of environments) {
    expect([credentialsOf(environment), (await listTranscripts(environment, '/work')).length]).toEqual(['login', 1])
  }
  rmSync(home, { recursive: true })
})
