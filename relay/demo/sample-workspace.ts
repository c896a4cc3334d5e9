// The folder that the demo works in: a small harbour API with tests that run without anything installed.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const SAMPLE_FILES: Record<string, string> = {
  'README.md': `# harbor-api

Takes bookings for berths. Partners send them to a webhook; captains ask for the tide.

- \`src/webhooks/receive-booking.js\` is where a booking comes in.
- \`src/tides.js\` says how deep the water is.
- \`node --test\` runs all tests.
`,
  'package.json': `${JSON.stringify({ name: 'harbor-api', version: '1.4.0', private: true, type: 'module', scripts: { test: 'node --test' } }, null, 2)}\n`,
  'src/webhooks/receive-booking.js': `import { enqueue } from '../queue.js'

/** Answers a partner's booking: 202 when it is in the queue. */
export async function receiveBooking(request, partners) {
  const partner = partners.get(request.headers['x-api-key'])
  if (!partner) return { status: 401, body: 'unknown partner' }
  await enqueue(partner, request.body)
  return { status: 202, body: 'taken' }
}
`,
  'src/webhooks/limits.js': `export const limits = {
  perMinute: 0,
  burst: 0,
}
`,
  'src/queue.js': `const waiting = []

export async function enqueue(partner, booking) {
  waiting.push({ partner: partner.id, booking })
}

export const length = () => waiting.length
`,
  'src/tides.js': `/** Metres above the chart's zero at a time in milliseconds; one high and one low tide in 12 h 25 min. */
export function tideAt(timeMs, { mean = 2.1, range = 1.6 } = {}) {
  const period = (12 * 60 + 25) * 60_000
  return mean + (range / 2) * Math.cos((2 * Math.PI * timeMs) / period)
}
`,
  'test/receive-booking.test.js': `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { receiveBooking } from '../src/webhooks/receive-booking.js'

const partners = new Map([['key-1', { id: 'north-sea-lines' }]])
const booking = { headers: { 'x-api-key': 'key-1' }, body: { berth: 14 } }

test('a booking of a known partner is taken', async () => {
  assert.equal((await receiveBooking(booking, partners)).status, 202)
})

test('an unknown partner is refused', async () => {
  assert.equal((await receiveBooking({ headers: {}, body: {} }, partners)).status, 401)
})
`,
  'test/tides.test.js': `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tideAt } from '../src/tides.js'

test('the tide is highest at its beginning', () => {
  assert.ok(tideAt(0) > tideAt(3 * 3_600_000))
})
`,
}

/** Writes the sample anew, so that every demo begins the same. */
export async function prepareSampleWorkspace(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  for (const [path, text] of Object.entries(SAMPLE_FILES)) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}
