// Bytes as text: by the mark at their beginning, else UTF-8, else what Korean machines wrote before it. Pure.

export type DecodedText = { text: string; encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'euc-kr' | 'windows-1252' }

const starts = (bytes: Uint8Array, ...marks: number[]) => marks.every((mark, at) => bytes[at] === mark)

/** `whole`: nothing follows; else a character that is cut at the end is left out. null: these are no words. */
export function decodeText(bytes: Uint8Array, whole: boolean): DecodedText | null {
  const decode = (encoding: DecodedText['encoding'], fatal: boolean): DecodedText | null => {
    try {
      return { text: new TextDecoder(encoding, { fatal }).decode(bytes, { stream: !whole }), encoding }
    } catch {
      return null
    }
  }
  if (starts(bytes, 0xff, 0xfe)) return decode('utf-16le', false)
  if (starts(bytes, 0xfe, 0xff)) return decode('utf-16be', false)
  // No text has a zero in it.
  if (bytes.includes(0)) return null
  return decode('utf-8', true) ?? decode('euc-kr', true) ?? decode('windows-1252', false)
}
