// The end of an upload: synced, hashed, checked, taken into the store, committed. A crash between any two of these is healed by doing it again.
import { Refused, type UploadState } from '#protocol'
import { unanswered } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import type { EndParts } from './upload-parts.ts'
import { createSecondTries } from './second-tries.ts'
import { hashOf, type createRunningHashes } from './running-hashes.ts'
import { endRow, type UploadRow, type uploadRows } from './upload-rows.ts'

type Dependencies = EndParts & {
  hashes: ReturnType<typeof createRunningHashes>
  rows: ReturnType<typeof uploadRows>
  drop(row: UploadRow, outcome: 'refused'): Promise<boolean>
  finished(id: string): void
}

/** Of the asker's token, or for now only: with another one, or later, it goes through. */
const isPassing = ({ code, options }: Refused) => code === 'UNAUTHORIZED' || options.retryAfterMs !== undefined

export function createFinishing({ clock, log, files, mayUpload, room, staging, limits, metrics, hashes, rows, drop, finished }: Dependencies) {
  const underWay = new Map<string, Promise<UploadState>>()
  const tries = createSecondTries({ clock, log, again: finish })

  async function publish(row: UploadRow, who: Identity): Promise<UploadState> {
    await staging.sync(row.blob)
    const content = async () => ((await staging.grown(row.blob)) === null ? files.contentOf(row.blob) : Bun.file(staging.pathOf(row.blob)))
    const sha256 = (await hashes.take(row.id, row.size)) ?? (await hashOf(await content()))
    if (row.sha256 !== null && row.sha256 !== sha256) throw new Refused('CONFLICT', 'these are not the bytes that were meant', { details: { reason: 'digest' } })
    await mayUpload(who, row.session_id)
    const lack = await room.lack(row, null)
    if (lack) throw lack
    const state: UploadState = { file_id: row.id, offset: row.size, size: row.size, expires_at: null, done: true, sha256 }
    const staged = { blob: row.blob, path: staging.pathOf(row.blob), size: row.size, sha256 }
    try {
      await files.publish(unanswered(who), staged, row, { also: [endRow(row, limits)] })
    } catch (problem) {
      if (!(problem instanceof Refused) || problem.code !== 'CONFLICT') throw problem
      // Given up meanwhile, or the room was taken by others.
      if (!(await rows.find(row.id))) {
        await files.discard(row.blob)
        throw new Refused('NOT_FOUND', 'no such upload')
      }
      throw (await room.lack(row, null)) ?? problem
    }
    finished(row.id)
    metrics?.add('ensemble_uploads_total', 1, { outcome: 'done' })
    metrics?.add('ensemble_upload_bytes_total', row.size)
    return state
  }

  async function publishOrDrop(row: UploadRow, who: Identity): Promise<UploadState> {
    try {
      const state = await publish(row, who)
      tries.forget(row.id)
      return state
    } catch (problem) {
      if (problem instanceof Refused && !isPassing(problem)) await drop(row, 'refused')
      // Of a token that is over only its owner can have another one.
      else if (!(problem instanceof Refused) || problem.code !== 'UNAUTHORIZED') tries.later(row, who)
      throw problem
    }
  }

  function finish(row: UploadRow, who: Identity): Promise<UploadState> {
    const running = underWay.get(row.id)
    if (running) return running
    const made = publishOrDrop(row, who).finally(() => underWay.delete(row.id))
    underWay.set(row.id, made)
    return made
  }

  return {
    running: (id: string): Promise<UploadState> | null => underWay.get(id) ?? null,
    /** Once at a time: whoever comes meanwhile gets the same outcome. What cannot be done for now is tried again. */
    finish,
    /** It is not tried again. */
    forget: tries.forget,
    stop: tries.stop,
  }
}
