// The whole of a file in one go, for forms and messages: it grows as any other, but is nobody's until all of it is there.
import { Refused, type Uploaded, type UploadState } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import { extensionOf, safeFolder, safeName } from '../files/files.ts'
import type { Content } from './staging.ts'
import type { EndParts } from './upload-parts.ts'
import { beginRow, endRow, type UploadRow } from './upload-rows.ts'

/** Bytes that are on the disk and belong to nobody yet. */
export type Received = { blob: string; size: number; sha256: string }

type About = { file_id?: string | null; filename: string; folder?: string | null; content_type: string; session_id?: string | null }
export type Whole = About & {
  /** What the sender announced, in bytes; refused when the content is of another size. */
  size?: number | null
  content: Content
}

export function createTaking({ clock, files, limits, mayUpload, metrics, newId, room, staging }: EndParts) {
  /** Being written, or written and without a row yet. */
  const busy = new Set<string>()

  async function discard({ blob }: Pick<Received, 'blob'>): Promise<void> {
    await staging.remove(blob)
    await files.discard(blob)
    busy.delete(blob)
  }

  async function write(blob: string, content: Content): Promise<Received> {
    await staging.create(blob)
    const growing = (await staging.open(blob))!
    const hash = new Bun.CryptoHasher('sha256')
    try {
      for await (const chunk of content) {
        room.refuseTooLarge(growing.length + chunk.byteLength)
        const written = growing.append(chunk)
        hash.update(chunk)
        await written
      }
    } finally {
      await growing.close()
    }
    await staging.sync(blob)
    return { blob, size: growing.length, sha256: hash.digest('hex') }
  }

  /** The first half of `take`, for senders that say only later what they send. Must end in `keep` or `discard`. */
  async function receive(content: Content, filename: string): Promise<Received> {
    room.refuseReserve()
    // Claude is given the path of what it cannot be sent, and goes by the ending when it reads it.
    const blob = newId() + extensionOf(filename)
    busy.add(blob)
    try {
      return await write(blob, content)
    } catch (problem) {
      await discard({ blob })
      throw problem
    }
  }

  /** The row comes and goes in the commit of the file, so that there is one rule for the room that people have. */
  async function publish(asked: Asked, { blob, size, sha256 }: Received, about: About, answer?: object): Promise<Uploaded> {
    const filename = safeName(about.filename)
    const row: UploadRow = {
      id: about.file_id || newId(),
      session_id: about.session_id || null,
      user_id: asked.who.userId,
      filename,
      folder: safeFolder(about.folder ?? ''),
      content_type: about.content_type,
      size,
      blob,
      sha256,
      created_at: clock.now(),
    }
    await mayUpload(asked.who, row.session_id)
    const quotas = { ...limits, open: Number.MAX_SAFE_INTEGER }
    const lack = await room.lack(row, size, quotas)
    if (lack) throw lack
    const uploaded = await files.publish(asked, { blob, path: staging.pathOf(blob), size, sha256 }, row, { also: [beginRow(row, quotas), endRow(row, quotas)], answer })
    busy.delete(blob)
    metrics?.add('ensemble_uploads_total', 1, { outcome: 'done' })
    metrics?.add('ensemble_upload_bytes_total', size)
    return uploaded
  }

  /** The rights are asked again: an upload may have taken longer than they lasted. */
  async function keep(asked: Asked, received: Received, about: About): Promise<Uploaded> {
    try {
      return await publish(asked, received, about)
    } catch (problem) {
      await discard(received)
      throw problem
    }
  }

  return {
    busy: (blob: string): boolean => busy.has(blob),
    receive,
    keep,
    discard,
    async take(asked: Asked, { content, size, ...about }: Whole): Promise<Uploaded> {
      await mayUpload(asked.who, about.session_id || null)
      if (typeof size === 'number') {
        room.refuseTooLarge(size)
        await room.refuseFullDisk(size)
      }
      const received = await receive(content, about.filename)
      if (typeof size !== 'number' || size === received.size) return keep(asked, received, about)
      await discard(received)
      throw new Refused('VALIDATION', `size: ${size} bytes were announced, ${received.size} came`)
    },
    /** One of no bytes is a file as soon as it is begun. */
    async empty(asked: Asked, row: UploadRow): Promise<UploadState> {
      const state: UploadState = { file_id: row.id, offset: 0, size: 0, expires_at: null, done: true }
      const received = await receive([], row.filename)
      try {
        await publish(asked, received, { ...row, file_id: row.id }, state)
      } catch (problem) {
        await discard(received)
        throw problem
      }
      return state
    },
  }
}
