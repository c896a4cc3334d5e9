// What Anthropic asks for a million tokens, as data: for transcripts, which tell tokens and no cost. An estimate, and shown as one.

type Price = { input: number; output: number; cacheRead: number; cacheWrite: number; cacheWrite1h: number }
/** `long`: what a request costs whose prompt has more tokens than `above`. */
type Row = Price & { models: readonly string[]; long?: Price & { above: number } }

/** In US dollars, as in the list that Claude Code 2.1.329 counts by (older models: as they were last sold). Fast modes and searches are not in it. */
const PRICES: readonly Row[] = [
  { models: ['fable-5-2', 'mythos-5-2'], input: 8, output: 40, cacheRead: 0.2, cacheWrite: 10, cacheWrite1h: 16 },
  { models: ['fable-5-1', 'mythos-5-1'], input: 10, output: 50, cacheRead: 0.25, cacheWrite: 12.5, cacheWrite1h: 20 },
  { models: ['fable-5', 'mythos-5'], input: 10, output: 50, cacheRead: 1, cacheWrite: 12.5, cacheWrite1h: 20 },
  { models: ['opus-5-5'], input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5, cacheWrite1h: 8 },
  { models: ['opus-5', 'opus-4-8', 'opus-4-7', 'opus-4-6', 'opus-4-5'], input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25, cacheWrite1h: 10 },
  { models: ['opus-4-1', 'opus-4-0', 'opus-4', '3-opus'], input: 15, output: 75, cacheRead: 1.5, cacheWrite: 18.75, cacheWrite1h: 30 },
  { models: ['sonnet-5-5'], input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5, cacheWrite1h: 4 },
  { models: ['sonnet-5'], input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5, cacheWrite1h: 4 },
  { models: ['sonnet-4-6', 'sonnet-4-5', 'sonnet-4-0', 'sonnet-4', '3-7-sonnet', '3-5-sonnet', '3-sonnet'], input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75, cacheWrite1h: 6 },
  {
    models: ['haiku-5-5'],
    ...{ input: 0.1, output: 0.5, cacheRead: 0.01, cacheWrite: 0.125, cacheWrite1h: 0.2 },
    long: { above: 100_000, input: 0.5, output: 2.5, cacheRead: 0.05, cacheWrite: 0.625, cacheWrite1h: 1 },
  },
  { models: ['haiku-4-5'], input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25, cacheWrite1h: 2 },
  { models: ['3-5-haiku'], input: 0.8, output: 4, cacheRead: 0.08, cacheWrite: 1, cacheWrite1h: 1.6 },
  { models: ['3-haiku'], input: 0.25, output: 1.25, cacheRead: 0.025, cacheWrite: 0.3125, cacheWrite1h: 0.5 },
]

/** A version that is not listed is not taken for the one it begins with; a date at the end is none. */
const BY_NAME = PRICES.flatMap((price) => price.models.map((model) => ({ name: new RegExp(`^claude-${model}(?![\\d.]|-\\d{1,2}(?!\\d))`), price })))

export type Tokens = { input: number; output: number; cacheRead: number; cacheWrite: number; cacheWrite1h: number }

/** In millionths of a dollar; null for a model whose price is unknown. Clouds put their own words around the name. */
export function costMicros(model: string, { input, output, cacheRead, cacheWrite, cacheWrite1h }: Tokens): number | null {
  const said = /claude-[\w.-]+/.exec(model)?.[0] ?? model
  const row = BY_NAME.find(({ name }) => name.test(said))?.price
  if (!row) return null
  const price = row.long && input + cacheRead + cacheWrite > row.long.above ? row.long : row
  const short = Math.max(0, cacheWrite - cacheWrite1h)
  return Math.round(input * price.input + output * price.output + cacheRead * price.cacheRead + short * price.cacheWrite + cacheWrite1h * price.cacheWrite1h)
}
