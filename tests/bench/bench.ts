// `npm run bench [-- part]`: measures the built relay beside peers and limits, prints tables, and keeps them in RESULTS.md.
import { browser } from './parts/browser.ts'
import { connections } from './parts/connections.ts'
import { fanout } from './parts/fanout.ts'
import { firstToken } from './parts/first-token.ts'
import { environmentLine, writeSection } from './measure/results-file.ts'
import type { PartOptions, Section } from './measure/section.ts'

const PARTS: Record<string, (options: PartOptions) => Promise<Section>> = { 'first-token': firstToken, fanout, connections, browser }
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in PARTS))
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}. Parts: ${Object.keys(PARTS).join(', ')}.`)
  process.exit(2)
}

// Exits are what ends the servers that were started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))

const rounds = Math.max(1, Number(process.env['BENCH_ROUNDS'] ?? 5))
const began = performance.now()
console.log(environmentLine())
for (const [name, measure] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const section = await measure({ rounds, say: (line) => console.error(`  ${line}`) })
  console.log(`\n## ${section.title}\n\n${section.text}\n`)
  writeSection(section)
}
console.log(`Took ${Math.round((performance.now() - began) / 1000)} s. Written to tests/bench/RESULTS.md.`)
process.exit(0)
