// A prompt as Claude gets it: the text, pictures as pictures, small texts inline, everything else by its path.
import type { Attachment } from '#protocol'
import type { ContentBlock } from '../claude/claude.ts'
import type { Files } from '../files/files.ts'

/** The Messages API takes these, up to 5 MB each before base64. */
const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']
const maxPictureBytes = 3.75 * 1024 * 1024
const maxInlineBytes = 256 * 1024

type PromptText = { content: string; attachments: readonly Attachment[] }

/** Files that are gone meanwhile are named as such: the prompt still runs. */
export async function contentFor(prompt: PromptText, files: Pick<Files, 'bytesOf' | 'pathOf'>): Promise<string | ContentBlock[]> {
  if (prompt.attachments.length === 0) return prompt.content
  const blocks = await Promise.all(prompt.attachments.map((each) => blockFor(each, files)))
  // The words come last: Claude reads them with the files before its eyes.
  return [...blocks, { type: 'text', text: prompt.content }]
}

async function blockFor(attachment: Attachment, files: Pick<Files, 'bytesOf' | 'pathOf'>): Promise<ContentBlock> {
  const { file_id, filename, content_type, size } = attachment
  const name = JSON.stringify(filename)
  const picture = PICTURES.includes(content_type) && size <= maxPictureBytes
  const bytes = picture || size <= maxInlineBytes ? await files.bytesOf(file_id) : null
  if (picture && bytes) return { type: 'image', source: { type: 'base64', media_type: content_type, data: Buffer.from(bytes).toString('base64') } }
  const text = bytes && textOf(bytes)
  if (text !== null) return { type: 'text', text: `Attached file ${name}:\n<file name=${name}>\n${text}\n</file>` }
  const path = await files.pathOf(file_id)
  return { type: 'text', text: path ? `Attached file ${name} (${content_type || 'unknown type'}, ${size} bytes): ${path}` : `Attached file ${name}: it was deleted meanwhile.` }
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
