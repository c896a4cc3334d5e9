// Names that people give to files: kept as they are, except for what a disk or a reader could be fooled by. Pure.
import { isInvisible, Refused, withoutMisleading } from '#protocol'

const maxBytes = 255
const maxExtensionBytes = 24

const bytesOf = (text: string) => Buffer.byteLength(text)

/** As many whole characters as fit; Hangul and emoji are not cut apart. */
function fitting(text: string, bytes: number): string {
  let cut = ''
  let used = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += bytesOf(segment)
    if (used > bytes) break
    cut += segment
  }
  return cut
}

/** The last name of a path, in composed form, at most 255 bytes of UTF-8 with its extension kept; `file` when nothing is left to see. */
export function safeName(given: string): string {
  const last = given.toWellFormed().normalize('NFC').split(/[/\\]/).at(-1)!
  const name = withoutMisleading(last).trim().replace(/[. ]+$/, '')
  if (isInvisible(name)) return 'file'
  if (bytesOf(name) <= maxBytes) return name
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && bytesOf(name.slice(dot)) <= maxExtensionBytes ? name.slice(dot) : ''
  return fitting(name.slice(0, name.length - extension.length), maxBytes - bytesOf(extension)) + extension
}

const maxFolderBytes = 1_024
const maxDepth = 32

/** Where in a dropped folder a file lay: parts with `/` between, each a safe name; empty for none. VALIDATION for what leads out, or nowhere. */
export function safeFolder(given: string): string {
  if (given === '') return ''
  const parts = given.toWellFormed().split('/')
  if (parts.length > maxDepth) throw new Refused('VALIDATION', `folder: at most ${maxDepth} deep`)
  if (parts.some((part) => ['', '.', '..'].includes(part.trim()) || /[\\\0]/.test(part))) throw new Refused('VALIDATION', 'folder: a relative path without . and .., / between its parts')
  const folder = parts.map(safeName).join('/')
  if (bytesOf(folder) > maxFolderBytes) throw new Refused('VALIDATION', `folder: at most ${maxFolderBytes} bytes`)
  return folder
}

/** The ending that tells programs what a file is, such as `.pdf`; empty for none, or for an odd one. */
export const extensionOf = (name: string): string => /\.[A-Za-z0-9]{1,12}$/.exec(name)?.[0].toLowerCase() ?? ''

/** `report (2).pdf`: for the second of a name. */
export function numberedName(name: string, number: number): string {
  const dot = name.lastIndexOf('.')
  const at = dot > 0 ? dot : name.length
  const ending = ` (${number})${name.slice(at)}`
  return fitting(name.slice(0, at), maxBytes - bytesOf(ending)) + ending
}
