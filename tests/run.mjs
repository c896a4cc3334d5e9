// Runs everything: lint, types and build, then unit and walk tests under Bun beside the built site in a real browser. Ends with one line of counts.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findBrowser } from './find-browser.mjs'
import { installDebian } from './install-debian.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = (name) => join(root, 'node_modules', '.bin', name)
const reports = mkdtempSync(join(tmpdir(), 'ensemble-tests-'))
const totals = { passed: 0, failed: 0, skipped: 0 }
/** What failed, by file and name: told again at the end, where it is looked for. */
const failures = []
/** As many at a time as the tests can bear: some of them bring several processes of their own. */
const lanes = Math.min(2, availableParallelism())

/** Runs a command with its output shown, as it comes or, with `said`, at the end; resolves with its exit code. */
function run(command, args, { env = {}, said } = {}) {
  return new Promise((resolve) => {
    const output = said ? 'pipe' : 'inherit'
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', output, output], env: { ...process.env, ...env } })
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece) => said.push(piece))
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`)
      resolve(1)
    })
    child.on('close', (code) => resolve(code ?? 1))
  })
}

const seconds = (since) => `${Math.round((Date.now() - since) / 1000)} s`

function heading(text) {
  console.log(`\n── ${text}`)
}

/** A check without counts of its own is one test. Two run at a time, so each shows what it said when it is over. */
async function check(name, command, args) {
  const [began, said] = [Date.now(), []]
  const code = await run(command, args, { said })
  heading(`${name}: ${code === 0 ? 'passed' : 'failed'} in ${seconds(began)}`)
  process.stdout.write(Buffer.concat(said))
  totals[code === 0 ? 'passed' : 'failed'] += 1
  if (code !== 0) failures.push(name)
}

/** The longest files begin first; `bun test tests --timings=tests/timings.json --update-timings` measures them anew. */
async function unit() {
  heading('unit, contract and walk tests')
  const file = join(reports, 'unit.xml')
  const code = await run(bin('bun'), ['test', 'tests', `--parallel=${lanes}`, `--timings=${join(root, 'tests/timings.json')}`, '--reporter=junit', `--reporter-outfile=${file}`, '--timeout=60000'])
  const counts = read(file, (text) => /<testsuites[^>]*\btests="(\d+)"[^>]*\bfailures="(\d+)"(?:[^>]*\bskipped="(\d+)")?/.exec(text))
  if (!counts) {
    totals.failed += 1
    return
  }
  const [tests, failed, skipped] = [Number(counts[1]), Number(counts[2]), Number(counts[3] ?? 0)]
  totals.passed += tests - failed - skipped
  totals.failed += code !== 0 && failed === 0 ? 1 : failed
  totals.skipped += skipped
  failures.push(...(read(file, failedCases) ?? []))
}

/** `file: name` of each failed case of a JUnit report. */
function failedCases(report) {
  const unescaped = (text) => text.replace(/&(lt|gt|quot|apos|amp|#\d+);/g, (_, name) => ({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' })[name] ?? String.fromCodePoint(Number(name.slice(1))))
  return report
    .split('<testcase ')
    .slice(1)
    .filter((each) => each.includes('<failure'))
    .map((each) => unescaped(`${/\bfile="([^"]*)"/.exec(each)?.[1] ?? '?'}: ${/\bname="([^"]*)"/.exec(each)?.[1] ?? '?'}`))
}

/** Told when it is over: the other tests tell of themselves meanwhile. */
async function endToEnd() {
  const said = []
  const file = join(reports, 'e2e.json')
  const chromium = await browser
  if (!chromium) {
    totals.failed += 1
    failures.push('no browser')
    return
  }
  const code = await run(bin('playwright'), ['test', '-c', 'tests/e2e/playwright.config.ts', '--reporter=list,json'], { env: { CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_NAME: file }, said })
  heading('the built site in a browser')
  process.stdout.write(Buffer.concat(said))
  const report = read(file, JSON.parse)
  const stats = report?.stats
  if (!stats) {
    totals.failed += 1
    return
  }
  // What passed only when it was tried again has failed once.
  const failed = stats.unexpected + stats.flaky
  totals.passed += stats.expected
  totals.failed += code !== 0 && failed === 0 ? 1 : failed
  totals.skipped += stats.skipped
  const walk = (suites) => suites.flatMap((suite) => [...(suite.specs ?? []), ...walk(suite.suites ?? [])])
  failures.push(...walk(report.suites).filter((spec) => !spec.ok).map((spec) => `${spec.file}: ${spec.title}`))
}

function read(file, take) {
  try {
    return take(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

const began = Date.now()
// Without it the tests of the sandbox are skipped, and say so.
if (process.platform === 'linux' && !existsSync('/usr/bin/bwrap')) await installDebian('bubblewrap')
/** It may have to be fetched first, beside the checks. */
const browser = findBrowser(root)
const inOrder = async (...checks) => {
  for (const [name, command, ...args] of checks) await check(name, command, args)
}
await Promise.all([
  inOrder(
    ['types of the browser', bin('vue-tsc'), '--noEmit', '-p', 'tsconfig.browser.json'],
    // The native compiler: a fifth of the time. vue-tsc and the linter still need the other one.
    ['types of the relay', process.execPath, join(root, 'node_modules/typescript-native/bin/tsc'), '--noEmit', '-p', 'tsconfig.relay.json'],
  ),
  inOrder(
    ['lint', bin('eslint'), '.', '--max-warnings', '0'],
    ['build', process.execPath, bin('vite'), 'build'],
    // Its own loader needs a newer Node than the product does; Bun is here anyway.
    ['sizes of the first load', bin('bun'), '--bun', bin('size-limit')],
  ),
])
const checked = seconds(began)
// Each of the two waits often: for Claude, for a page. What one waits, the other works.
const lasting = async (test) => {
  const began = Date.now()
  await test()
  return seconds(began)
}
const [tested, looked] = await Promise.all([lasting(unit), lasting(endToEnd)])
rmSync(reports, { recursive: true, force: true })

console.log(`\n${seconds(began)}: checks ${checked}, tests ${tested}, browser ${looked} beside them`)
for (const each of failures) console.log(`failed: ${each}`)
if (totals.skipped > 0) console.log(`${totals.skipped} skipped`)
console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exit(totals.failed === 0 ? 0 : 1)
