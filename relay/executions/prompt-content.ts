// A prompt as Claude gets it: the text, pictures and PDF as such, small texts inline, and of every file where it lies.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Attachment } from '#protocol'
import type { ContentBlock } from '../claude/claude.ts'
import type { Files } from '../files/files.ts'
import { pdfPages } from './pdf-pages.ts'
import { pictureSize } from './picture-size.ts'

/** The Messages API takes these, up to 5 MB each as base64 and so many pixels a side. */
const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']
const maxPictureBytes = 3.75 * 1024 * 1024
const maxPictureSide = 8_000
/** It would take more; but each goes along with everything that is said after it, and what is over the limit of a request ends the conversation. */
const maxPdfBytes = 3 * 1024 * 1024
const maxPdfPages = 100
const maxInlineBytes = 256 * 1024
/** Of all that one prompt carries itself; the rest Claude reads where it lies. */
const maxCarriedBytes = 6 * 1024 * 1024

type PromptText = { content: string; attachments: readonly Attachment[] }
/** `folder`: where the session's Claude finds its files. */
type Place = { sessionId: string; folder: string; files: Pick<Files, 'bytesOf' | 'handedTo'> }

/** Ids of the files that it names. */
export const filesIn = ({ attachments }: Pick<PromptText, 'attachments'>): string[] => attachments.map(({ file_id }) => file_id)

/** Files that are gone meanwhile are named as such: the prompt still runs. */
export async function contentFor(prompt: PromptText, { sessionId, folder, files }: Place): Promise<string | ContentBlock[]> {
  const { content, attachments } = prompt
  const paths = new Map((await files.handedTo(sessionId)).map(({ id, path }) => [id, path]))
  const others = paths.size - attachments.filter(({ file_id }) => paths.has(file_id)).length
  // A command of the CLI is one only by itself.
  if (attachments.length === 0 && (others === 0 || content.startsWith('/'))) return content
  const blocks: ContentBlock[] = others === 0 ? [] : [{ type: 'text', text: `The files that people put into this session lie, to be read, in ${JSON.stringify(folder)} (${paths.size}).` }]
  let room = maxCarriedBytes
  for (const each of attachments) {
    const path = paths.get(each.file_id)
    const carried = path === undefined ? null : await carriedBy(each, files, room)
    const size = carried === null ? 0 : sizeOf(carried)
    const isCarried = size > 0 && size <= room
    if (isCarried) room -= size
    blocks.push({ type: 'text', text: nameOf(each, path === undefined ? null : join(folder, path)) }, ...(isCarried ? [carried!] : []))
  }
  // The words come last: Claude reads them with the files before its eyes.
  return [...blocks, { type: 'text', text: content }]
}

function nameOf({ filename, content_type, size }: Attachment, path: string | null): string {
  const name = JSON.stringify(filename)
  return path ? `Attached file ${name} (${content_type || 'unknown type'}, ${size} bytes): ${JSON.stringify(path)}` : `Attached file ${name}: it was deleted meanwhile.`
}

const sizeOf = (block: ContentBlock) => (block.type === 'text' ? Buffer.byteLength(block.text) : block.source.data.length)

/** The file itself, as far as a prompt can carry it. */
async function carriedBy({ file_id, filename, content_type, size }: Attachment, files: Pick<Files, 'bytesOf'>, room: number): Promise<ContentBlock | null> {
  const isPicture = PICTURES.includes(content_type)
  const isPdf = content_type === 'application/pdf'
  if (size > (isPicture ? maxPictureBytes : isPdf ? maxPdfBytes : maxInlineBytes) || size > room) return null
  const bytes = await files.bytesOf(file_id)
  if (!bytes) return null
  const data = () => Buffer.from(bytes).toString('base64')
  if (isPicture) {
    const side = pictureSize(bytes)
    return side && Math.max(side.width, side.height) <= maxPictureSide ? { type: 'image', source: { type: 'base64', media_type: content_type, data: data() } } : null
  }
  if (isPdf) {
    const pages = pdfPages(bytes)
    return pages !== null && pages <= maxPdfPages ? { type: 'document', source: { type: 'base64', media_type: content_type, data: data() }, title: filename } : null
  }
  const text = textOf(bytes)
  return text === null ? null : { type: 'text', text: wrapped(filename, text) }
}

/** Ends where the text does and nowhere before: no text holds the hash of itself. */
function wrapped(filename: string, text: string): string {
  const id = createHash('sha256').update(text).digest('hex').slice(0, 32)
  return `<file id="${id}" name=${JSON.stringify(filename)}>\n${text}\n</file ${id}>`
}

/** The text, when the bytes are one: valid UTF-8 without NUL. */
function textOf(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
