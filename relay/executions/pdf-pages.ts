// How many pages a PDF has, without a reader of PDF: what cannot be told for certain is not told. Pure.
import { inflateSync } from 'node:zlib'

const PAGE = /\/Type\s*\/Page(?![A-Za-z])/g
const OBJECT_STREAM = /\/Type\s*\/ObjStm/g
/** Of all that is unpacked. */
const maxUnpackedBytes = 16 * 1024 * 1024

const count = (text: string) => text.match(PAGE)?.length ?? 0

/** At least so many as there are: pages that were replaced count as well. Null: not a PDF, locked, or packed in a way that is not known here. */
export function pdfPages(content: Uint8Array): number | null {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1')
  if (!text.slice(0, 1024).includes('%PDF-') || text.includes('/Encrypt')) return null
  let pages = count(text)
  let room = maxUnpackedBytes
  for (const { index } of text.matchAll(OBJECT_STREAM)) {
    const begin = /stream\r?\n/g
    begin.lastIndex = index
    const from = begin.exec(text) && begin.lastIndex
    const head = text.slice(text.lastIndexOf(' obj', index), from ?? index)
    if (!from || !/\/FlateDecode/.test(head) || /\/DecodeParms/.test(head)) return null
    try {
      const unpacked = inflateSync(content.subarray(from, text.indexOf('endstream', from)), { maxOutputLength: room })
      room -= unpacked.length
      pages += count(unpacked.toString('latin1'))
    } catch {
      return null
    }
  }
  return pages > 0 ? pages : null
}
