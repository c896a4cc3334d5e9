// What a file is: what its first bytes tell goes before what its sender says. Pure.
export const sniffedBytes = 512

const unknown = 'application/octet-stream'

const latin1 = (bytes: Uint8Array, from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('latin1')
const startsWith = (bytes: Uint8Array, text: string, at = 0) => latin1(bytes, at, at + text.length) === text

/** The types that Claude takes as images, by their signatures; null for everything else. */
export function sniffImage(head: Uint8Array): string | null {
  if (startsWith(head, '\x89PNG\r\n\x1a\n')) return 'image/png'
  if (startsWith(head, '\xff\xd8\xff')) return 'image/jpeg'
  if (startsWith(head, 'GIF87a') || startsWith(head, 'GIF89a')) return 'image/gif'
  if (startsWith(head, 'RIFF') && startsWith(head, 'WEBP', 8)) return 'image/webp'
  return null
}

/** ISO base media: a box `ftyp` comes first, and its brand tells QuickTime, sound and pictures from films. */
function sniffMedia(head: Uint8Array): string | null {
  const brand = latin1(head, 8, 12)
  if (brand.startsWith('qt')) return 'video/quicktime'
  if (brand.startsWith('M4A') || brand.startsWith('M4B')) return 'audio/mp4'
  if (/^(?:heic|heix|mif1|avif)$/.test(brand)) return brand === 'avif' ? 'image/avif' : 'image/heic'
  return 'video/mp4'
}

const SIGNATURES: readonly (readonly [at: number, bytes: string, type: string])[] = [
  [0, '%PDF-', 'application/pdf'],
  [0, '\x1f\x8b', 'application/gzip'],
  [0, 'OggS', 'audio/ogg'],
  [0, 'ID3', 'audio/mpeg'],
  [0, '\xff\xfb', 'audio/mpeg'],
  [0, '\xff\xf3', 'audio/mpeg'],
  [0, '\xff\xf2', 'audio/mpeg'],
]

/** Documents that are zip archives inside: their senders know better what they are. */
const ZIPPED = /^application\/(?:zip|x-zip-compressed|java-archive|epub\+zip|hwp\+zip|vnd\.(?:openxmlformats-officedocument|oasis\.opendocument|hancom|android|ms-)[\w.+-]*|x-[\w.+-]*)$/

function sniffed(head: Uint8Array, hint: string): string | null {
  const image = sniffImage(head)
  if (image) return image
  if (startsWith(head, 'ftyp', 4)) return sniffMedia(head)
  if (startsWith(head, 'RIFF') && startsWith(head, 'WAVE', 8)) return 'audio/wav'
  // Matroska and WebM begin alike; which it is stands a little further on.
  if (startsWith(head, '\x1aE\xdf\xa3')) return latin1(head, 0, 64).includes('webm') ? kindOf(hint, 'webm') : 'video/x-matroska'
  if (startsWith(head, 'OggS')) return kindOf(hint, 'ogg')
  if (startsWith(head, 'PK\x03\x04') || startsWith(head, 'PK\x05\x06')) return ZIPPED.test(hint) ? hint : 'application/zip'
  return SIGNATURES.find(([at, bytes]) => startsWith(head, bytes, at))?.[2] ?? null
}

/** Sound or film, as the sender says: the container does not tell. */
const kindOf = (hint: string, format: string) => (hint === `audio/${format}` || hint === `video/${format}` ? hint : format === 'ogg' ? 'audio/ogg' : `video/${format}`)

/** What cannot be one of these without the signature of it. */
const SNIFFABLE = /^(?:image\/(?:png|jpe?g|gif|webp|avif|heic)|application\/(?:pdf|gzip|zip)|video\/(?:mp4|webm|quicktime|x-matroska)|audio\/(?:mp4|mpeg|ogg|wav|x-wav))$/
/** What is text inside. What a browser would run is never told by its bytes: it is plain text, unless its sender says more. */
const isText = /^(?:text\/|application\/(?:json|xml|yaml|toml|javascript|x-sh|sql|[\w.-]+\+(?:json|xml))$|image\/svg\+xml$)/

/** Whether these may be the first bytes of a text in UTF-8; the last character may be cut. */
function looksLikeText(head: Uint8Array): boolean {
  if (head.length === 0 || head.some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27))) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}

/** The type to keep. A hint may be empty or carry parameters; one that the bytes contradict counts for nothing. */
export function contentTypeOf(hint: string, head: Uint8Array): string {
  const type = hint.split(';', 1)[0]!.trim().toLowerCase()
  const fits = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/.test(type)
  const known = sniffed(head, fits ? type : '')
  if (known) return known
  const text = looksLikeText(head)
  const contradicted = SNIFFABLE.test(type) || (isText.test(type) && !text && head.length > 0 && !mayBeOtherText(head))
  if (fits && type !== unknown && !contradicted) return type
  return text ? 'text/plain' : unknown
}

/** Texts of other encodings, such as EUC-KR or UTF-16, are no UTF-8; but they hold no run of NULs, as binaries do. */
const mayBeOtherText = (head: Uint8Array): boolean => !Buffer.from(head).includes(Buffer.alloc(4))
