// Reads what a request carries: the query as an object, a JSON body up to a limit; anything odd is a refusal with a reason.
import { issuesOf, parseBoundedJson, Refused } from '#protocol'
import * as z from 'zod/mini'
import type { Clock } from '../clock.ts'

/** All of a JSON body together, however steadily it drips; one that stands still is ended by the server. */
export const jsonWithinMs = 15_000
const jsonTypes = /^application\/(?:json|[\w.-]+\+json)$/

/** What comes as `Authorization: Bearer …`, or null. */
export const bearerOf = (request: Request): string | null => /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? null

/** The media type alone, in lower case; refuses every other character set than UTF-8 and every compression. */
export function mediaTypeOf(headers: Headers): string {
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity') throw new Refused('UNSUPPORTED_TYPE', 'bodies are sent uncompressed')
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').toLowerCase().split(';').map((part) => part.trim())
  const charset = parameters.find((part) => part.startsWith('charset='))?.slice('charset='.length).replaceAll('"', '')
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') throw new Refused('UNSUPPORTED_TYPE', 'text is sent as UTF-8')
  return type
}

/** A body as it comes. Whoever leaves in the middle is refused like one who sent half: nobody reads the answer, and it is no fault of ours. */
export async function* arriving(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (problem) {
    throw (problem as Error).name === 'AbortError' ? new Refused('VALIDATION', 'the body ended early') : problem
  }
}

/** Refuses early by what the request announces, and again by what really comes. */
async function readBytes(request: Request, maxBytes: number, clock: Pick<Clock, 'elapsed'>): Promise<Uint8Array> {
  const tooLarge = () => new Refused('TOO_LARGE', `at most ${maxBytes} bytes are taken here`)
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge()
  if (!request.body) return new Uint8Array()
  const began = clock.elapsed()
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of arriving(request.body)) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw tooLarge()
    if (clock.elapsed() - began > jsonWithinMs) throw new Refused('VALIDATION', `the body takes longer than ${jsonWithinMs / 1000} seconds`, { details: { reason: 'slow' } })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export async function readJson(request: Request, maxBytes: number, clock: Pick<Clock, 'elapsed'>): Promise<unknown> {
  if (!jsonTypes.test(mediaTypeOf(request.headers))) throw new Refused('UNSUPPORTED_TYPE', 'the body is sent as application/json')
  const bytes = await readBytes(request, maxBytes, clock)
  const value = parseBoundedJson(textOf(bytes))
  // Bad JSON, brackets too deep for the parser's stack, or more values than anybody means.
  if (value === undefined) throw new Refused('VALIDATION', 'the body is not JSON in UTF-8, or holds too much')
  return value
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Refused('VALIDATION', 'the body is not UTF-8')
  }
}

/** Of a parameter that comes twice the last counts; an empty one is absent. */
export function readQuery(search: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...search].filter(([, value]) => value !== ''))
}

export function fit<S extends z.core.$ZodType>(schema: S, value: unknown, what: string): z.infer<S> {
  const parsed = z.safeParse(schema, value)
  if (!parsed.success) throw new Refused('VALIDATION', `${what} does not fit`, { details: issuesOf(parsed.error) })
  return parsed.data
}
