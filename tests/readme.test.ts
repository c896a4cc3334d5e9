// What README promises about settings and commands is what the product has.
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import packageJson from '../package.json' with { type: 'json' }
import { settingsTable } from '../relay/cli/settings-table.ts'

const readme = await Bun.file(join(import.meta.dir, '..', 'README.md')).text()

test('the settings table is the one the relay reads', () => expect(readme).toContain(settingsTable().trim()))

test('every npm script that it names exists', () => {
  const named = [...readme.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1]!)
  expect(named.filter((name) => !(name in packageJson.scripts))).toEqual([])
})
