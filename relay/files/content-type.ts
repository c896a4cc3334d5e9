// What a file is: images by their first bytes, everything else as its sender says. Pure.
export const sniffedBytes = 32

const unknown = 'application/octet-stream'

const startsWith = (bytes: Uint8Array, text: string, at = 0) => Buffer.from(bytes.subarray(at, at + text.length)).toString('latin1') === text

/** The types that Claude takes as images, by their signatures; null for everything else. */
export function sniffImage(head: Uint8Array): string | null {
  if (startsWith(head, '\x89PNG\r\n\x1a\n')) return 'image/png'
  if (startsWith(head, '\xff\xd8\xff')) return 'image/jpeg'
  if (startsWith(head, 'GIF87a') || startsWith(head, 'GIF89a')) return 'image/gif'
  if (startsWith(head, 'RIFF') && startsWith(head, 'WEBP', 8)) return 'image/webp'
  return null
}

const sniffable = new Set(['image/png', 'image/jpeg', 'image/jpg', 'image/gif', 'image/webp'])

/** The type to keep. A hint may be empty or carry parameters; one that promises an image it is not counts for nothing. */
export function contentTypeOf(hint: string, head: Uint8Array): string {
  const image = sniffImage(head)
  if (image) return image
  const type = hint.split(';', 1)[0]!.trim().toLowerCase()
  return /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/.test(type) && !sniffable.has(type) ? type : unknown
}
