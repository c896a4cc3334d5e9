// Reads multipart/form-data (RFC 7578) part by part as it arrives: a file is never in memory as a whole.
import { Refused } from '#protocol'
import { arriving } from './read-body.ts'

const windowBytes = 256 * 1024
const maxHeaderBytes = 16 * 1024
const maxParts = 20
const maxTextBytes = 64 * 1024

type Part = {
  name: string
  /** null: a text field. */
  filename: string | null
  contentType: string
  /** Each piece must be done with before the next one, and all of them before the next part is asked for. */
  content: AsyncGenerator<Uint8Array>
}

const bad = (why: string) => new Refused('VALIDATION', `the form cannot be read: ${why}`)

export function boundaryOf(contentType: string): string {
  const match = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70})(?=[\s;]|$))/i.exec(contentType)
  const boundary = match?.[1] ?? match?.[2]
  if (!boundary) throw bad('no boundary')
  return boundary
}

/** A parameter of Content-Disposition. Browsers write names in UTF-8 and only escape quotes and line ends. */
function parameter(header: string, name: string): string | null {
  const match = new RegExp(`;\\s*${name}="((?:\\\\"|[^"])*)"`, 'i').exec(header) ?? new RegExp(`;\\s*${name}=([^\\s;"]+)`, 'i').exec(header)
  return match ? match[1]!.replaceAll('\\"', '"').replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n') : null
}

/** `filename*` of RFC 5987, which some scripts send. */
function extendedName(header: string): string | null {
  const match = /;\s*filename\*=utf-8'[^']*'([^\s;]+)/i.exec(header)
  if (!match) return null
  try {
    return decodeURIComponent(match[1]!)
  } catch {
    return null
  }
}

type Source = {
  /** What has come and is not used yet. */
  pending(): Buffer
  use(bytes: number): void
  /** False when nothing more comes. */
  more(): Promise<boolean>
}

/** One window is filled again and again: a fast sender would otherwise leave more behind than is cleared away in time. */
function sourceOf(body: ReadableStream<Uint8Array>, maxBytes: number): Source {
  const pieces = arriving(body)
  let window = Buffer.allocUnsafe(windowBytes)
  let from = 0
  let to = 0
  let bytes = 0

  function makeRoom(count: number): void {
    if (to + count <= window.length) return
    const larger = to - from + count > window.length ? Buffer.allocUnsafe((to - from + count) * 2) : window
    window.copy(larger, 0, from, to)
    window = larger
    to -= from
    from = 0
  }

  return {
    pending: () => window.subarray(from, to),
    use: (count) => void (from += count),
    async more() {
      const { done, value } = await pieces.next()
      if (done) return false
      bytes += value.byteLength
      if (bytes > maxBytes) throw new Refused('TOO_LARGE', `a form may have ${maxBytes} bytes`)
      makeRoom(value.byteLength)
      window.set(value, to)
      to += value.byteLength
      return true
    },
  }
}

/** Everything up to `delimiter`, which is used up with it; pieces leave as soon as they cannot be part of it, and are gone with the next. */
async function* upTo(source: Source, delimiter: Buffer): AsyncGenerator<Uint8Array> {
  for (;;) {
    const pending = source.pending()
    const at = pending.indexOf(delimiter)
    if (at >= 0) {
      if (at > 0) yield pending.subarray(0, at)
      source.use(at + delimiter.length)
      return
    }
    const safe = pending.length - delimiter.length + 1
    if (safe > 0) {
      yield pending.subarray(0, safe)
      source.use(safe)
    }
    if (!(await source.more())) throw bad('it ends too early')
  }
}

async function collect(pieces: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const found: Uint8Array[] = []
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.byteLength
    if (bytes > maxBytes) throw bad('a field is too long')
    // A piece is only good until the next one is asked for.
    found.push(Uint8Array.from(piece))
  }
  return Buffer.concat(found).toString('utf8')
}

export const textOfPart = (part: Part) => collect(part.content, maxTextBytes)

async function headOf(source: Source): Promise<Omit<Part, 'content'>> {
  const text = await collect(upTo(source, Buffer.from('\r\n\r\n')), maxHeaderBytes)
  const lines = text.split('\r\n')
  const find = (name: string) => lines.find((line) => line.toLowerCase().startsWith(`${name}:`)) ?? ''
  const disposition = find('content-disposition')
  const name = parameter(disposition, 'name')
  if (!/^content-disposition:\s*form-data/i.test(disposition) || name === null) throw bad('a part without a name')
  const filename = extendedName(disposition) ?? parameter(disposition, 'filename')
  return { name, filename, contentType: find('content-type').slice('content-type:'.length).trim() }
}

/** The parts in their order, `maxBytes` in all. What is left of a part when the next one is asked for is skipped. */
export async function* readMultipart(body: ReadableStream<Uint8Array>, boundary: string, maxBytes: number): AsyncGenerator<Part> {
  const source = sourceOf(body, maxBytes)
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  // The first delimiter has no line end before it, unless there is a preamble.
  for await (const _ of upTo(source, delimiter.subarray(2))) void _
  for (let count = 0; ; count++) {
    while (source.pending().length < 2) if (!(await source.more())) throw bad('it ends too early')
    const next = source.pending().subarray(0, 2).toString('latin1')
    source.use(2)
    if (next === '--') return
    if (next !== '\r\n') throw bad('a boundary that goes on')
    if (count >= maxParts) throw bad('too many parts')
    // A part without any header begins with the empty line itself.
    const head = await headOf(source)
    const content = upTo(source, delimiter)
    yield { ...head, content }
    for await (const _ of content) void _
  }
}
