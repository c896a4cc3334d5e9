// DOOR of uploads: files that still grow. How far one has come is its length on the disk; when it is whole it becomes a file, once.
import { Refused, type UploadState } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import { extensionOf, safeFolder, safeName } from '../files/files.ts'
import { createAppending } from './appending.ts'
import { createFinishing } from './finishing.ts'
import { createGivingWay } from './giving-way.ts'
import { createProgress } from './progress.ts'
import { createRoom } from './room.ts'
import { createRunningHashes } from './running-hashes.ts'
import { createStaging, type Content } from './staging.ts'
import { createTaking } from './taking.ts'
import type { UploadParts } from './upload-parts.ts'
import { beginRow, dropRow, uploadRows, type UploadRow } from './upload-rows.ts'
import { createWriters } from './writers.ts'

export type { Received, Whole } from './taking.ts'
export type { UploadLimits } from './upload-parts.ts'

export type Begin = { file_id?: string | null; filename: string; folder?: string | null; content_type: string; size: number; session_id?: string | null }

/** How often what has expired is looked for. */
const sweepEveryMs = 3_600_000

const notFound = () => new Refused('NOT_FOUND', 'no such upload')
const reused = () => new Refused('ID_REUSED', 'this id is of another upload')

export type Uploads = ReturnType<typeof createUploads>

export function createUploads(parts: UploadParts) {
  const { storage, channels, auth, files, clock, log, metrics, newId, folder, limits } = parts
  const rows = uploadRows(storage)
  const staging = createStaging(folder)
  const room = createRoom({ storage, folder, rows, staging, limits })
  const writers = createWriters({ perUser: limits.parallel })
  const hashes = createRunningHashes()
  const progress = createProgress({ channels, clock })
  const taking = createTaking({ ...parts, mayUpload, room, staging })
  const finishing = createFinishing({ ...parts, mayUpload, room, staging, hashes, rows, drop, finished: (id) => ((open -= 1), progress.forget(id)) })
  const giveWay = createGivingWay({ clock, limits, room, rows, staging, writers, drop })
  const append = createAppending({ ...parts, mayUpload, room, staging, writers, hashes, progress, finishing, openRow, doneState, state, heal, expiresAt })
  metrics?.read('ensemble_uploads_open', () => open)
  let open = 0
  let sweeping: { cancel(): void } | null = null

  /** Whether the asker may upload here at all, as they stand now: a request can last longer than rights do. */
  async function mayUpload(who: Identity, sessionId: string | null): Promise<void> {
    const { role } = await auth.recheck(who)
    if (sessionId) await auth.may(who, 'upload', sessionId)
    else if (role === 'viewer') throw new Refused('FORBIDDEN', 'your role does not allow this')
  }

  function expiresAt(row: UploadRow, touchedAt = 0): number {
    return Math.round(Math.max(row.created_at, touchedAt)) + limits.expiryMs
  }

  /** Forgets an upload and its bytes. False: somebody was first. */
  async function drop(row: UploadRow, outcome: 'abandoned' | 'expired' | 'refused', asked?: Asked): Promise<boolean> {
    const { outcome: done } = await channels.publish({ statements: [dropRow(row)], events: [], ...asked?.answering({}) })
    if (done !== 'committed') return false
    open -= 1
    finishing.forget(row.id)
    hashes.forget(row.id)
    progress.forget(row.id)
    await staging.remove(row.blob)
    await files.discard(row.blob)
    metrics?.add('ensemble_uploads_total', 1, { outcome })
    return true
  }

  async function openRow(who: Identity, fileId: string): Promise<UploadRow | null> {
    const row = await rows.find(fileId)
    if (row?.user_id !== who.userId) return null
    const grown = await staging.grown(row.blob)
    return !writers.writing(fileId) && clock.now() > expiresAt(row, grown?.touchedAt) ? null : row
  }

  /** Of an upload that has become a file. NOT_FOUND for others, and GONE once that was deleted. */
  async function doneState(who: Identity, fileId: string): Promise<UploadState> {
    const file = await files.known(fileId)
    if (file?.userId !== who.userId) throw notFound()
    if (file.deleted) throw new Refused('GONE', 'the file was deleted')
    return { file_id: fileId, offset: file.size, size: file.size, expires_at: null, done: true, sha256: file.sha256 }
  }

  /** As far as it has come. What is whole, but no file yet, is made one: whoever was about to do it is not there any more. */
  async function openState(who: Identity, row: UploadRow): Promise<UploadState> {
    const running = finishing.running(row.id)
    if (running) return running.catch((problem: unknown) => wholeState(row, problem))
    const grown = (await staging.grown(row.blob)) ?? (await heal(row))
    if (grown === null || grown.length === row.size) {
      await writers.stop(row.id)
      return finishing.finish(row, who).catch((problem: unknown) => wholeState(row, problem))
    }
    return { file_id: row.id, offset: grown.length, size: row.size, expires_at: expiresAt(row, grown.touchedAt), done: false }
  }

  /** Every byte is there, and only for now it cannot become a file: its store is away, perhaps. It is tried again by itself. */
  async function wholeState(row: UploadRow, problem: unknown): Promise<UploadState> {
    if (!(problem instanceof Refused) || problem.options.retryAfterMs === undefined) throw problem
    const grown = await staging.grown(row.blob)
    return { file_id: row.id, offset: row.size, size: row.size, expires_at: expiresAt(row, grown?.touchedAt), done: false }
  }

  /** Bytes that are not where they grow: they are in the store already (null), or were lost, and it begins anew. */
  async function heal(row: UploadRow): Promise<{ length: number; touchedAt: number } | null> {
    if (await files.holds(row.blob, row.size)) return null
    await staging.create(row.blob)
    return { length: 0, touchedAt: clock.now() }
  }

  async function state(who: Identity, fileId: string): Promise<UploadState> {
    const row = await openRow(who, fileId)
    return row ? openState(who, row) : doneState(who, fileId)
  }

  const isSame = (row: Pick<UploadRow, 'user_id' | 'filename' | 'folder' | 'size'>, other: UploadRow) =>
    row.user_id === other.user_id && row.filename === other.filename && row.folder === other.folder && row.size === other.size

  /** What there is under this id already; null: nothing. */
  async function begun(who: Identity, asked: UploadRow): Promise<UploadState | null> {
    const row = await rows.find(asked.id)
    if (row) {
      if (!isSame(row, asked) || row.session_id !== asked.session_id) throw reused()
      if (await openRow(who, row.id)) return openState(who, row)
      await drop(row, 'expired')
      return null
    }
    const file = await files.known(asked.id)
    if (!file) return null
    if (!isSame({ user_id: file.userId, filename: file.filename, folder: file.folder, size: file.size }, asked)) throw reused()
    return doneState(who, asked.id)
  }

  /**
   * The same id, asker and description again: the same upload. One of no bytes is a file at once, and so is one whose bytes come along, all
   * of them or none: `whole`, which is not touched for an upload that is there. ID_REUSED, TOO_LARGE, RATE_LIMITED, BUSY.
   */
  async function begin(asked: Asked, about: Begin, whole: { content: Content; sha256: string | null } | null = null): Promise<UploadState> {
    const { who } = asked
    const sessionId = about.session_id || null
    await mayUpload(who, sessionId)
    room.refuseTooLarge(about.size)
    const filename = safeName(about.filename)
    const row: UploadRow = {
      id: about.file_id || newId(),
      session_id: sessionId,
      user_id: who.userId,
      filename,
      folder: safeFolder(about.folder ?? ''),
      content_type: about.content_type,
      size: about.size,
      blob: newId() + extensionOf(filename),
      sha256: whole?.sha256 ?? null,
      created_at: clock.now(),
      sid: who.kind === 'foreign' ? null : who.sid,
    }
    const there = await begun(who, row)
    if (there) return there
    if (row.size > 0) await room.refuseFullDisk(row.user_id, row.size)
    if (row.size === 0 || whole) return taking.whole(asked, row, whole?.content ?? [])
    return (await beginGrowing(asked, row)) ?? ((await giveWay(row)) ? await beginGrowing(asked, row) : null) ?? refuseBegin(row)
  }

  /** Null: there is no room for it. */
  async function beginGrowing(asked: Asked, row: UploadRow): Promise<UploadState | null> {
    const made: UploadState = { file_id: row.id, offset: 0, size: row.size, expires_at: expiresAt(row), done: false }
    const { outcome } = await channels.publish({ statements: [beginRow(row, limits)], events: [], ...asked.answering(made) })
    // Begun by somebody else in this moment, by another tab of the same person perhaps.
    if (outcome !== 'committed') return begun(asked.who, row)
    open += 1
    await staging.create(row.blob)
    return made
  }

  async function refuseBegin(row: UploadRow): Promise<never> {
    throw (await room.lack(row, row.size)) ?? new Refused('CONFLICT', 'this was changed by somebody else just now', { retryAfterMs: 100 })
  }

  async function abandon(asked: Asked, fileId: string): Promise<object> {
    await finishing.running(fileId)?.catch(() => undefined)
    const row = await openRow(asked.who, fileId)
    if (!row) {
      await doneState(asked.who, fileId)
      throw new Refused('CONFLICT', 'it is a file by now', { details: { reason: 'done' } })
    }
    await writers.stop(fileId)
    if (!(await drop(row, 'abandoned', asked))) throw notFound()
    return {}
  }

  /** What has expired goes, and bytes that nobody knows. */
  async function sweep(): Promise<void> {
    // The names first: whoever was about to give one a row then has done so when the rows are read, or is left out.
    const names = await staging.names()
    const all = await rows.all()
    open = all.length
    const known = new Set(all.map(({ blob }) => blob))
    const unknown = names.filter((name) => !known.has(name) && !taking.busy(name))
    for (const name of unknown) await staging.remove(name)
    let expired = 0
    for (const row of all) {
      const grown = await staging.grown(row.blob)
      if (clock.now() <= expiresAt(row, grown?.touchedAt) || writers.writing(row.id) || finishing.running(row.id)) continue
      if (await drop(row, 'expired')) expired += 1
    }
    if (unknown.length + expired > 0) log.info('uploads.swept', { unknown: unknown.length, expired })
  }

  /** What was whole when the relay ended becomes a file, whether its owner comes back or not. */
  async function resume(): Promise<void> {
    for (const row of await rows.all()) {
      const grown = await staging.grown(row.blob)
      if (row.sid === null || grown?.length !== row.size) continue
      try {
        await finishing.finish(row, await auth.ofSignIn(row.sid, row.user_id))
      } catch (problem) {
        // Of who may not any more, or for now: the next try is set, or its owner asks.
        if (!(problem instanceof Refused)) log.error('uploads.not_finished', { file_id: row.id, error: problem })
      }
    }
  }

  return {
    /** The largest file that is taken. */
    maxBytes: limits.maxBytes,
    mayUpload,
    begin,
    state,
    append,
    abandon,
    receive: taking.receive,
    keep: taking.keep,
    discard: taking.discard,
    take: taking.take,
    /** Before listening, and then from time to time until `stop`. */
    async boot(): Promise<void> {
      await staging.prepare()
      await sweep()
      void resume().catch((error: unknown) => log.error('what is whole could not be looked for', { error }))
      sweeping ??= clock.every(() => void sweep().catch((error) => log.error('uploads could not be swept', { error })), sweepEveryMs)
    },
    sweep,
    stop(): void {
      sweeping?.cancel()
      finishing.stop()
      progress.stop()
    },
  }
}
