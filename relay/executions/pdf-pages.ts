// How many pages a PDF has, without a reader of PDF: what cannot be told for certain is not told. Pure.
import { inflateSync } from 'node:zlib'

const PAGE = /\/Type\s*\/Page(?![A-Za-z])/g
const OBJECT_STREAM = /\/Type\s*\/ObjStm/g
/** Of all that is unpacked. */
const maxUnpackedBytes = 16 * 1024 * 1024
const maxObjectStreams = 256
/** On each side of where an object says that it is a stream of objects. */
const maxHeadChars = 4_096
/** Far more than anybody has use for. */
const maxCounted = 10_000

function count(text: string): number {
  let found = 0
  for (const _ of text.matchAll(PAGE)) if (++found > maxCounted) break
  return found
}

/** Where the bytes of the object begin that says at `index` what it is; null: not near, or not packed in the one known way. */
function packedFrom(text: string, index: number): number | null {
  const before = text.slice(Math.max(0, index - maxHeadChars), index)
  const after = text.slice(index, index + maxHeadChars)
  const begin = /stream\r?\n/.exec(after)
  const object = before.lastIndexOf(' obj')
  if (!begin || object < 0) return null
  const head = before.slice(object) + after.slice(0, begin.index)
  return /\/FlateDecode/.test(head) && !/\/DecodeParms/.test(head) ? index + begin.index + begin[0].length : null
}

/** At least so many as there are: pages that were replaced count as well. Null: not a PDF, locked, or packed in a way that is not known here. Every byte is looked at once, whoever wrote it. */
export function pdfPages(content: Uint8Array): number | null {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1')
  if (!text.slice(0, 1024).includes('%PDF-') || text.includes('/Encrypt')) return null
  let pages = count(text)
  let room = maxUnpackedBytes
  let streams = 0
  let end = 0
  for (const { index } of text.matchAll(OBJECT_STREAM)) {
    if (pages > maxCounted) return null
    if (index < end) continue
    const from = packedFrom(text, index)
    if (from === null || ++streams > maxObjectStreams) return null
    end = text.indexOf('endstream', from)
    if (end < 0) return null
    try {
      const unpacked = inflateSync(content.subarray(from, end), { maxOutputLength: room })
      room -= unpacked.length
      pages += count(unpacked.toString('latin1'))
    } catch {
      return null
    }
  }
  return pages > 0 && pages <= maxCounted ? pages : null
}
