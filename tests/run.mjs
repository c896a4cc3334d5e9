// Runs everything: lint, types, unit and walk tests under Bun, the built site in a real browser. Ends with one line of counts.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findBrowser } from './find-browser.mjs'
import { installDebian } from './install-debian.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = (name) => join(root, 'node_modules', '.bin', name)
const reports = mkdtempSync(join(tmpdir(), 'ensemble-tests-'))
const totals = { passed: 0, failed: 0, skipped: 0 }

/** Runs a command with its output shown; resolves with its exit code. */
function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } })
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`)
      resolve(1)
    })
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

function heading(text) {
  console.log(`\n── ${text}`)
}

/** A check without counts of its own is one test. */
async function check(name, command, args) {
  heading(name)
  const code = await run(command, args)
  totals[code === 0 ? 'passed' : 'failed'] += 1
}

async function unit() {
  heading('unit, contract and walk tests')
  const file = join(reports, 'unit.xml')
  const code = await run(bin('bun'), ['test', 'tests', '--reporter=junit', `--reporter-outfile=${file}`, '--timeout=60000'])
  const counts = read(file, (text) => /<testsuites[^>]*\btests="(\d+)"[^>]*\bfailures="(\d+)"(?:[^>]*\bskipped="(\d+)")?/.exec(text))
  if (!counts) {
    totals.failed += 1
    return
  }
  const [tests, failures, skipped] = [Number(counts[1]), Number(counts[2]), Number(counts[3] ?? 0)]
  totals.passed += tests - failures - skipped
  totals.failed += code !== 0 && failures === 0 ? 1 : failures
  totals.skipped += skipped
}

async function endToEnd() {
  heading('the built site in a browser')
  const file = join(reports, 'e2e.json')
  const chromium = await findBrowser(root)
  if (!chromium) {
    totals.failed += 1
    return
  }
  const code = await run(bin('playwright'), ['test', '-c', 'tests/e2e/playwright.config.ts', '--reporter=list,json'], { CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_NAME: file })
  const stats = read(file, (text) => JSON.parse(text).stats)
  if (!stats) {
    totals.failed += 1
    return
  }
  // What passed only when it was tried again has failed once.
  const failed = stats.unexpected + stats.flaky
  totals.passed += stats.expected
  totals.failed += code !== 0 && failed === 0 ? 1 : failed
  totals.skipped += stats.skipped
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
if (process.platform === 'linux' && !existsSync('/usr/bin/bwrap')) installDebian('bubblewrap')
await check('lint', bin('eslint'), ['.', '--max-warnings', '0'])
await check('types of the browser', bin('vue-tsc'), ['--noEmit', '-p', 'tsconfig.browser.json'])
await check('types of the relay', bin('tsc'), ['--noEmit', '-p', 'tsconfig.relay.json'])
await check('build', process.execPath, [bin('vite'), 'build'])
// Its own loader needs a newer Node than the product does; Bun is here anyway.
await check('sizes of the first load', bin('bun'), ['--bun', bin('size-limit')])
await unit()
await endToEnd()
rmSync(reports, { recursive: true, force: true })

console.log(`\n${Math.round((Date.now() - began) / 1000)} s`)
if (totals.skipped > 0) console.log(`${totals.skipped} skipped`)
console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exit(totals.failed === 0 ? 0 : 1)
