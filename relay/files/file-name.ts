// Names that people give to files: kept as they are, except for what a disk or a reader could be fooled by. Pure.
import { isInvisible, Refused, withoutMisleading } from '#protocol'

const maxBytes = 255
const maxExtensionBytes = 24
/** Of a longer name only the beginning and the end are looked at. */
const maxLookedChars = 1_024
const keptEndChars = 64

const bytesOf = (text: string) => Buffer.byteLength(text)

const characters = new Intl.Segmenter()

/** As many whole characters as fit; Hangul and emoji are not cut apart, except for one that alone is too long. */
function fitting(text: string, bytes: number): string {
  if (bytesOf(text) <= bytes) return text
  let end = 0
  let used = 0
  for (const point of text) {
    used += bytesOf(point)
    if (used > bytes) break
    end += point.length
  }
  return text.slice(0, characters.segment(text).containing(end)!.index || end)
}

/** An ending that is too long for one is part of the name. */
function partsOf(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.')
  const at = dot > 0 && bytesOf(name.slice(dot)) <= maxExtensionBytes ? dot : name.length
  return { stem: name.slice(0, at), extension: name.slice(at) }
}

/** In one pass from the end: a pattern that is tried at every place takes a second for a long name of dots. */
function withoutEnd(name: string): string {
  let end = name.length
  while (end > 0 && /[.\s]/.test(name[end - 1]!)) end--
  return name.slice(0, end)
}

const orFile = (name: string) => (isInvisible(name) ? 'file' : name)

/** The last name of a path, in composed form, at most 255 bytes of UTF-8 with its extension kept; `file` when nothing is left to see. The same again for what it made. */
export function safeName(given: string): string {
  const last = given.slice(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1)
  const looked = last.length <= maxLookedChars ? last : last.slice(0, maxLookedChars - keptEndChars) + last.slice(-keptEndChars)
  // Composed after what stood between was taken out.
  const name = orFile(withoutEnd(withoutMisleading(looked.toWellFormed()).normalize('NFC').trimStart()))
  if (bytesOf(name) <= maxBytes) return name
  const { stem, extension } = partsOf(name)
  const cut = fitting(stem, maxBytes - bytesOf(extension))
  return extension ? cut + extension : orFile(withoutEnd(cut))
}

const maxFolderBytes = 1_024
const maxDepth = 32
const tooDeep = (message: string) => new Refused('VALIDATION', message, { details: { reason: 'folder' } })

/**
 * Where in a dropped folder a file lay: parts with `/` between, each a safe name; empty for none. A backslash is a letter like others where it is
 * legal, and becomes `_`. VALIDATION for what leads out, or nowhere; with `reason: folder` for what lies too deep.
 */
export function safeFolder(given: string): string {
  if (given === '') return ''
  const parts = given.toWellFormed().replaceAll('\\', '_').split('/')
  if (parts.length > maxDepth) throw tooDeep(`folder: at most ${maxDepth} deep`)
  if (parts.some((part) => ['', '.', '..'].includes(part.trim()) || part.includes('\0'))) throw new Refused('VALIDATION', 'folder: a relative path without . and .., / between its parts')
  const folder = parts.map(safeName).join('/')
  if (bytesOf(folder) > maxFolderBytes) throw tooDeep(`folder: at most ${maxFolderBytes} bytes`)
  return folder
}

/** The ending that tells programs what a file is, such as `.pdf`; empty for none, or for an odd one. */
export const extensionOf = (name: string): string => /\.[A-Za-z0-9]{1,12}$/.exec(name)?.[0].toLowerCase() ?? ''

const numberBytes = bytesOf(' (999999)')

/** `report (2).pdf`: for the second of a name, and up to 999,999. Names that are cut to the same have the same `key`. */
export function numberedNames(name: string): { key: string; of(number: number): string } {
  const { stem, extension } = partsOf(name)
  const cut = fitting(stem, maxBytes - numberBytes - bytesOf(extension))
  return { key: cut + extension, of: (number) => `${cut} (${number})${extension}` }
}
