// What the demo says of one file: a sentence about its purpose, and its text as it stands now.
import { existsSync } from 'node:fs'
import { basename, extname, join } from 'node:path'

const PURPOSES: Record<string, string> = {
  'src/webhooks/receive-booking.js': 'It answers a partner’s booking: it looks up the partner by the key in `x-api-key`, answers 401 to strangers, and hands the booking to the queue before it answers 202.',
  'src/webhooks/limits.js': 'It holds two numbers: how many calls a minute a partner may make, and how many at once. Nothing imports it yet.',
  'src/webhooks/token-bucket.js': 'It is a token bucket: every call takes a token, and tokens come back with time. The clock is handed in, so a test never waits.',
  'src/queue.js': 'It keeps bookings in memory, in the order in which they came. A restart loses what waits.',
  'src/tides.js': 'It tells how deep the water is at a time: one cosine with a period of 12 h 25 min.',
  'src/store.js': 'It is an append-only file with one booking a line, so that bookings outlive a restart. Nothing imports it yet.',
  'test/receive-booking.test.js': 'It tests the webhook: a known partner gets 202, an unknown one 401.',
  'test/tides.test.js': 'It tests that the tide is highest at its beginning.',
  'package.json': 'It names the project and its one script, the tests.',
}

/** The file of the sample that a prompt names, by its path or its name; null when it names none that is there. */
export function fileAskedFor(prompt: string, folder: string): string | null {
  const named = (path: string) => prompt.includes(path) || prompt.includes(basename(path)) || prompt.includes(basename(path, extname(path)))
  const there = Object.keys(PURPOSES).filter((path) => existsSync(join(folder, path)))
  // The test of a file carries its name too: the whole name counts before a part of it.
  return there.find((path) => prompt.includes(path)) ?? there.find((path) => prompt.includes(basename(path))) ?? there.find((path) => path.startsWith('src/') && named(path)) ?? null
}

export const explainFile = (path: string, text: string): string => `\`${path}\`: ${PURPOSES[path] ?? ''}

It reads now:

\`\`\`${extname(path).slice(1)}
${text.trimEnd()}
\`\`\``
