// What the demo's tour changes in the sample, and how much of it is there already: nothing of a person's own is written over.
import { existsSync, readFileSync } from 'node:fs'

const BUCKET = `/** A token bucket with the clock handed in: it never waits and never asks for the time itself. */
export function createTokenBucket({ perMinute, burst, now }) {
  let tokens = burst
  let filledAt = now()
  return {
    take() {
      const time = now()
      tokens = Math.min(burst, tokens + ((time - filledAt) / 60_000) * perMinute)
      filledAt = time
      if (tokens < 1) return { allowed: false, waitMs: Math.ceil(((1 - tokens) / perMinute) * 60_000) }
      tokens -= 1
      return { allowed: true, waitMs: 0 }
    },
  }
}
`

const STORE = `import { appendFileSync, existsSync, readFileSync } from 'node:fs'

/** An append-only file with one booking a line: what was answered with 202 is still there after a restart. */
export const remember = (file, booking) => appendFileSync(file, \`\${JSON.stringify(booking)}\\n\`)

export const remembered = (file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\\n').filter(Boolean).map((line) => JSON.parse(line)) : [])
`

type Change = { path: string; before: string | null; after: string }

/** `before` null: a new file. Paths are those of the sample. */
export const CHANGES = {
  bucket: { path: 'src/webhooks/token-bucket.js', before: null, after: BUCKET },
  limits: { path: 'src/webhooks/limits.js', before: '  perMinute: 0,\n  burst: 0,\n', after: '  perMinute: 60,\n  burst: 20,\n' },
  webhook: {
    path: 'src/webhooks/receive-booking.js',
    before: "body: 'unknown partner' }\n  await enqueue",
    after: `body: 'unknown partner' }
  const verdict = partner.limiter?.take() ?? { allowed: true, waitMs: 0 }
  if (!verdict.allowed) {
    return { status: 429, headers: { 'retry-after': String(Math.ceil(verdict.waitMs / 1000)) }, body: 'slow down' }
  }
  await enqueue`,
  },
  store: { path: 'src/store.js', before: null, after: STORE },
} satisfies Record<string, Change>

export const textOf = (file: string): string | null => (existsSync(file) ? readFileSync(file, 'utf8') : null)

/** open: can be made · made: is there · other: somebody wrote something else in its place. */
export function stateOf({ before, after }: Change, file: string): 'open' | 'made' | 'other' {
  const text = textOf(file)
  if (before === null) return text === null ? 'open' : text === after ? 'made' : 'other'
  if (text?.includes(after)) return 'made'
  return text?.includes(before) ? 'open' : 'other'
}

/** The input of Write or Edit for a change that is still open; null leaves the call out. */
export function inputFor(change: Change, file: string): Record<string, unknown> | null {
  if (stateOf(change, file) !== 'open') return null
  return change.before === null ? { file_path: file, content: change.after } : { file_path: file, old_string: change.before, new_string: change.after }
}
