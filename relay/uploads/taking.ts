// The whole of a file in one go, for forms and messages: it grows as any other, but is nobody's until all of it is there.
import { Refused, type Uploaded, type UploadState } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import { extensionOf, safeFolder, safeName } from '../files/files.ts'
import { createSecondLook } from './second-look.ts'
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
  /** Being written, or written and without a row yet: whose, and how many bytes so far. */
  const busy = new Map<string, { userId: string; bytes: number }>()
  /** What they have counts as it stands in the rows; what none of these speaks for yet is added. */
  const quotas = { ...limits, open: Number.MAX_SAFE_INTEGER }

  const stagedBy = (userId: string) => [...busy.values()].filter((each) => each.userId === userId)
  const bytesOf = (staged: readonly { bytes: number }[]) => staged.reduce((sum, { bytes }) => sum + bytes, 0)

  function refuseTooMany(userId: string): void {
    if (stagedBy(userId).length >= limits.parallel) throw new Refused('RATE_LIMITED', `${limits.parallel} files are taken at once`, { retryAfterMs: 1_000, details: { reason: 'parallel', limit: limits.parallel } })
  }

  async function refuseLack(who: Identity, sessionId: string | null): Promise<void> {
    room.refuseReserve()
    const lack = await room.lack({ user_id: who.userId, session_id: sessionId }, bytesOf(stagedBy(who.userId)), quotas)
    if (lack) throw lack
  }

  function refuseOther({ size }: Received, announced: number): void {
    if (size !== announced) throw new Refused('VALIDATION', `size: ${announced} bytes were announced, ${size} came`)
  }

  async function discard({ blob }: Pick<Received, 'blob'>): Promise<void> {
    await staging.remove(blob)
    await files.discard(blob)
    busy.delete(blob)
  }

  async function write(who: Identity, sessionId: string | null, blob: string, content: Content): Promise<Received> {
    const staged = { userId: who.userId, bytes: 0 }
    busy.set(blob, staged)
    const lookAgain = createSecondLook(clock, 0, async () => {
      await mayUpload(who, sessionId)
      await refuseLack(who, sessionId)
    })
    await staging.create(blob)
    const growing = (await staging.open(blob))!
    const hash = new Bun.CryptoHasher('sha256')
    try {
      for await (const chunk of content) {
        room.refuseTooLarge(growing.length + chunk.byteLength)
        const written = growing.append(chunk)
        hash.update(chunk)
        await written
        staged.bytes = growing.length
        metrics?.add('ensemble_upload_received_bytes_total', chunk.byteLength)
        await lookAgain(growing.length)
      }
    } finally {
      await growing.close()
    }
    await staging.sync(blob)
    return { blob, size: growing.length, sha256: hash.digest('hex') }
  }

  /** The first half of `take`, for senders that say only later what they send. Must end in `keep` or `discard`. `sessionId`: as far as it is known by then. */
  async function receive(who: Identity, sessionId: string | null, content: Content, filename: string): Promise<Received> {
    room.refuseReserve()
    refuseTooMany(who.userId)
    // Claude is given the path of what it cannot be sent, and goes by the ending when it reads it.
    const blob = newId() + extensionOf(filename)
    try {
      return await write(who, sessionId, blob, content)
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
      sid: null,
    }
    await mayUpload(asked.who, row.session_id)
    const lack = await room.lack(row, size, quotas)
    if (lack) throw lack
    const also = [beginRow(row, quotas), endRow(row, quotas)]
    const uploaded = await files.publish(asked, { blob, path: staging.pathOf(blob), size, sha256 }, row, { also, answer }).catch(async (problem: unknown) => {
      // The room may have been taken by others in this moment.
      throw (problem instanceof Refused && problem.code === 'CONFLICT' && (await room.lack(row, size, quotas))) || problem
    })
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
        await room.refuseFullDisk(asked.who.userId, size)
      }
      const received = await receive(asked.who, about.session_id || null, content, about.filename)
      try {
        if (typeof size === 'number') refuseOther(received, size)
      } catch (problem) {
        await discard(received)
        throw problem
      }
      return keep(asked, received, about)
    },
    /** One whose bytes, or no bytes at all, come with its beginning is a file at once: one commit, and nothing of it is there before. */
    async whole(asked: Asked, row: UploadRow, content: Content): Promise<UploadState> {
      const received = await receive(asked.who, row.session_id, content, row.filename)
      const state: UploadState = { file_id: row.id, offset: row.size, size: row.size, expires_at: null, done: true, sha256: received.sha256 }
      try {
        refuseOther(received, row.size)
        if (row.sha256 !== null && row.sha256 !== received.sha256) throw new Refused('CONFLICT', 'these are not the bytes that were meant', { details: { reason: 'digest' } })
        await publish(asked, received, { ...row, file_id: row.id }, state)
      } catch (problem) {
        await discard(received)
        throw problem
      }
      return state
    },
  }
}
