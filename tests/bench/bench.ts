// `npm run bench [-- part]`: measures the built relay beside peers and limits, prints tables, and keeps them in RESULTS.md.
import { browser } from './parts/browser.ts'
import { connections } from './parts/connections.ts'
import { fanout } from './parts/fanout.ts'
import { firstToken } from './parts/first-token.ts'
import { search } from './parts/search.ts'
import { uploads } from './parts/uploads.ts'
import { environmentLine, writeSection } from './measure/results-file.ts'
import type { PartOptions, Section } from './measure/section.ts'

type Part = { measure: (options: PartOptions) => Promise<Section>; minutes: number }
const PARTS: Record<string, Part> = {
  'first-token': { measure: firstToken, minutes: 2 },
  fanout: { measure: fanout, minutes: 5 },
  connections: { measure: connections, minutes: 3 },
  browser: { measure: browser, minutes: 2 },
  search: { measure: search, minutes: 2 },
  uploads: { measure: uploads, minutes: 4 },
}
/** All parts together; whoever is not done by then never will be. */
const mostMinutes = 20

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in PARTS))
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}. Parts: ${Object.keys(PARTS).join(', ')}.`)
  process.exit(2)
}

// Exits are what ends the servers that were started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))

let doing = 'nothing yet'
setTimeout(() => {
  console.error(`The benchmark is not done after ${mostMinutes} minutes. The last that was heard of it: ${doing}`)
  process.exit(1)
}, mostMinutes * 60_000).unref()

const rounds = Math.max(1, Number(process.env['BENCH_ROUNDS'] ?? 5))
const began = performance.now()
console.log(environmentLine())
for (const [name, { measure, minutes }] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const say = (line: string) => {
    doing = `${name}: ${line}`
    console.error(`  ${line}`)
  }
  doing = name
  const section = await measure({ rounds, minutes, say })
  console.log(`\n## ${section.title}\n\n${section.text}\n`)
  writeSection(section)
}
console.log(`Took ${Math.round((performance.now() - began) / 1000)} s. Written to tests/bench/RESULTS.md.`)
process.exit(0)
