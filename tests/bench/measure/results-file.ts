// RESULTS.md: a section per part, each replaced by its next run, with date, versions and command.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Section } from './section.ts'

const path = join(import.meta.dir, '..', 'RESULTS.md')
const packageVersion = (name: string): string => {
  const file = join(import.meta.dir, '..', 'peers', 'node_modules', name, 'package.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : 'not installed'
}

const head = `# Measured

Written by \`npm run bench\`; each part replaces its own section (\`npm run bench -- fanout\`). Everything of the product is on: tokens,
schema check, access checks, numbers, the log on disk with FULL. Settings are as shipped, except those that limit connections, admission and
how fast one person may talk; where no Claude is asked, none is started ahead on the core that is measured. The server has one core, the load
generator the other.

**Read ratios, not times.** The machine is a small shared one whose other guests come and go. Whatever is compared ran in the same run, in turn,
round by round; ratios are medians of the rounds' ratios. A delivery that did not come in time counts with the time that was waited for it.
Nothing here was measured against Go: there is none on this machine.
`

export function environmentLine(): string {
  const node = Bun.spawnSync(['node', '--version']).stdout.toString().trim()
  return `${new Date().toISOString().slice(0, 16)}Z · Bun ${Bun.version} · Node ${node} · ws ${packageVersion('ws')} · socket.io ${packageVersion('socket.io')} · ${cpus().length} × ${cpus()[0]?.model.trim()} · ${Math.round(totalmem() / 1024 ** 3)} GiB`
}

export function writeSection({ name, title, text }: Section): void {
  const marker = (part: string) => `<!-- part: ${part} -->`
  const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const sections = new Map<string, string>()
  for (const found of before.matchAll(/<!-- part: (\S+) -->\n([\s\S]*?)(?=<!-- part: |$)/g)) sections.set(found[1]!, found[2]!.trim())
  sections.set(name, `## ${title}\n\n\`npm run bench -- ${name}\` · ${environmentLine()}\n\n${text}`)
  const order = ['first-token', 'fanout', 'connections', 'browser', 'search', 'uploads']
  const sorted = [...sections].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
  writeFileSync(path, `${head}\n${sorted.map(([part, body]) => `${marker(part)}\n${body}\n`).join('\n')}`)
}
