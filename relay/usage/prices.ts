// What Anthropic asks for a million tokens, as data: for transcripts, which tell tokens and no cost. An estimate, and shown as one.

type Price = { model: RegExp; input: number; output: number }

/** List prices in US dollars as of November 2026; the first that fits a model counts. Batches, fast modes and searches are not in it. */
const PRICES: readonly Price[] = [
  { model: /^claude-opus-5/, input: 4, output: 20 },
  { model: /^claude-opus-4-[5-9]/, input: 5, output: 25 },
  { model: /^claude-(opus-4|3-opus)/, input: 15, output: 75 },
  { model: /^claude-(sonnet-[345]|3-[57]-sonnet|3-sonnet)/, input: 3, output: 15 },
  { model: /^claude-haiku-[45]/, input: 1, output: 5 },
  { model: /^claude-3-5-haiku/, input: 0.8, output: 4 },
  { model: /^claude-3-haiku/, input: 0.25, output: 1.25 },
]

/** As shares of the price of input: reading the cache, writing it for five minutes, for an hour. */
const CACHE = { read: 0.1, write5m: 1.25, write1h: 2 }

export type Tokens = { input: number; output: number; cacheRead: number; cacheWrite: number; cacheWrite1h: number }

/** In millionths of a dollar; null for a model whose price is unknown. Clouds put their own words around the name. */
export function costMicros(model: string, { input, output, cacheRead, cacheWrite, cacheWrite1h }: Tokens): number | null {
  const name = /claude-[\w.-]+/.exec(model)?.[0] ?? model
  const price = PRICES.find((each) => each.model.test(name))
  if (!price) return null
  const short = Math.max(0, cacheWrite - cacheWrite1h)
  const asInput = input + cacheRead * CACHE.read + short * CACHE.write5m + cacheWrite1h * CACHE.write1h
  return Math.round(asInput * price.input + output * price.output)
}
