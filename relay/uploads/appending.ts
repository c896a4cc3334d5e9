// Appends to uploads: at their end only, one writer at a time, and with the last byte they become files.
import { Refused, type UploadState } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import type { createFinishing } from './finishing.ts'
import type { createProgress } from './progress.ts'
import type { createRunningHashes } from './running-hashes.ts'
import { createSecondLook } from './second-look.ts'
import type { Content, Growing, Grown } from './staging.ts'
import type { EndParts } from './upload-parts.ts'
import { expectHash, type UploadRow } from './upload-rows.ts'
import { isTakenOver, type Turn, type Writers } from './writers.ts'

/** `sha256`: of the whole, in hex. `length`: how many bytes are about to come, where that is known. */
type Sent = { sha256?: string | null; length?: number | null }

type Dependencies = EndParts & {
  writers: Writers
  hashes: ReturnType<typeof createRunningHashes>
  progress: ReturnType<typeof createProgress>
  finishing: ReturnType<typeof createFinishing>
  /** Null: the asker has no such upload under way. */
  openRow(who: Identity, fileId: string): Promise<UploadRow | null>
  /** Of one that is a file by now. */
  doneState(who: Identity, fileId: string): Promise<UploadState>
  state(who: Identity, fileId: string): Promise<UploadState>
  /** Of bytes that are not where they grow; null: they are in the store. */
  heal(row: UploadRow): Promise<Grown | null>
  expiresAt(row: UploadRow, touchedAt?: number): number
}

const notFound = () => new Refused('NOT_FOUND', 'no such upload')
const elsewhere = (offset: number) => new Refused('CONFLICT', `it goes on at ${offset}`, { details: { reason: 'offset', offset } })
const tooLong = (size: number) => new Refused('TOO_LARGE', `${size} bytes were announced, and more came`)

/** Nothing of it is written once it is a file. */
async function afterTheEnd({ offset, ...rest }: UploadState, at: number, content: Content): Promise<UploadState> {
  if (at !== offset) throw elsewhere(offset)
  for await (const chunk of content) if (chunk.byteLength > 0) throw tooLong(rest.size)
  return { offset, ...rest }
}

export function createAppending({ storage, clock, metrics, mayUpload, room, staging, writers, hashes, progress, finishing, openRow, doneState, state, heal, expiresAt }: Dependencies) {
  async function grow(who: Identity, row: UploadRow, growing: Growing, turn: Turn): Promise<void> {
    const from = growing.length
    const hash = hashes.at(row.id, from)
    const lookAgain = createSecondLook(clock, from, () => {
      room.refuseReserve()
      return mayUpload(who, row.session_id)
    })
    room.refuseReserve()
    for (let chunk = await turn.next(); chunk !== null; chunk = await turn.next()) {
      const piece = chunk
      if (growing.length + piece.byteLength > row.size) {
        // Of what is too long nothing is taken: it is not what was announced.
        await turn.change(() => growing.cut(from))
        throw tooLong(row.size)
      }
      await hash?.caughtUp()
      await turn.change(async () => {
        await growing.append(piece)
        hash?.add(piece)
      })
      metrics?.add('ensemble_upload_received_bytes_total', piece.byteLength)
      progress.grown(row, growing.length)
      await lookAgain(growing.length)
    }
  }

  /** Kept before the bytes: whoever finishes it checks it. */
  async function expect(row: UploadRow, sha256: string): Promise<void> {
    if (row.sha256 === sha256) return
    const { outcome } = await storage.commit({ statements: [expectHash(row, sha256)] })
    if (outcome !== 'committed') throw notFound()
  }

  async function write(who: Identity, row: UploadRow, offset: number, content: Content, sha256: string | null): Promise<UploadState> {
    const turn = await writers.begin(row.id, who.userId, content).catch((problem: unknown) => {
      // It brings nothing, and somebody is at the end already.
      if (isTakenOver(problem) && offset === row.size) return null
      throw problem
    })
    if (!turn) return state(who, row.id)
    try {
      if ((await staging.grown(row.blob)) === null && (await heal(row)) === null) {
        turn.end()
        return await afterTheEnd(await finishing.finish(row, who), offset, content)
      }
      const growing = await staging.open(row.blob)
      if (!growing) throw notFound()
      try {
        if (offset !== growing.length) throw elsewhere(growing.length)
        if (sha256 !== null) await expect(row, sha256)
        await grow(who, row, growing, turn)
      } catch (problem) {
        // Whoever asked how far it has come, when all of it was there, is about to finish it.
        if (isTakenOver(problem) && growing.length === row.size) return await state(who, row.id)
        throw problem
      } finally {
        await growing.close()
      }
      turn.end()
      if (growing.length === row.size) return await finishing.finish({ ...row, sha256: sha256 ?? row.sha256 }, who)
      return { file_id: row.id, offset: growing.length, size: row.size, expires_at: expiresAt(row, clock.now()), done: false }
    } finally {
      turn.end()
    }
  }

  /**
   * Appends at `offset`, which must be where it ends (CONFLICT, with the offset in `details`). What was written stays, however
   * this ends. Pieces are kept until they are hashed. A newer call takes over from an older one. With its last byte it
   * becomes a file. `sha256`: of another one it is CONFLICT, and the upload is gone.
   */
  return async function append(who: Identity, fileId: string, offset: number, content: Content, { sha256 = null, length = null }: Sent = {}): Promise<UploadState> {
    const row = await openRow(who, fileId)
    const finished = row ? finishing.running(fileId) : doneState(who, fileId)
    if (finished) return afterTheEnd(await finished, offset, content)
    if (offset + (length ?? 0) > row!.size) throw tooLong(row!.size)
    await mayUpload(who, row!.session_id)
    return write(who, row!, offset, content, sha256)
  }
}
