// One upload as what has happened to it: plain data and a pure function from event to event. What to do about it is decided elsewhere.
import { trouble, type Trouble } from '../connection/outcome.ts'

/** `prompt`: goes with the next prompt. `files`: into the session's files only. */
export type Purpose = 'prompt' | 'files'

/**
 * `waiting`: for the link, or as long as the relay asked to. `file-wanted`: nothing here can read the file any more.
 * `cancelled`: for people it is gone; the relay is still to be told.
 */
export type UploadState = 'queued' | 'sending' | 'waiting' | 'paused' | 'done' | 'failed' | 'file-wanted' | 'cancelled'

export type Upload = {
  id: string
  /** Of the file at the relay, chosen here: the same as `id`, unless the relay has used that one up. */
  fileId: string
  /** It is only ever shown and sent as the person who added it. */
  userId: string
  /** The tab that sends it. */
  tab: string
  sessionId: string | null
  name: string
  /** The folder it was dropped in, relative, '/' between; '' for none. */
  folder: string
  /** Where it lies at the relay, of one that goes along by itself; those of older pages do not say. */
  outOf?: string
  size: number
  type: string
  lastModified: number
  purpose: Purpose
  /** It was at the relay before: it only goes along, and taking it off deletes nothing. Those of older pages say nothing of it. */
  isBorrowed?: boolean
  addedAt: number
  /** Where it is shown among those that were added together. */
  place: number
  /** The smallest goes first. */
  rank: number
  state: UploadState
  /** Bytes that are on the relay's disk, as far as it has said. */
  offset: number
  /** The relay was told of it, or may have been. */
  isKnown: boolean
  /** SHA-256 of the whole as Base64, once it is known. */
  digest: string | null
  /** Of one that is done: what the relay has read of it, as long as nobody here knows whether that is what was sent. */
  unchecked: string | null
  /** Nobody has to see it any more; it is still compared. */
  isLetGo: boolean
  /** A file at the relay with other bytes than were here: it is still to be deleted. */
  wrong: string | null
  /** Why it has begun from the first byte again: the relay no longer had it, or had read other bytes, or the file has changed. */
  anew: 'lost' | 'differs' | 'changed' | null
  /** Why it failed, or what it waits for. */
  trouble: Trouble | null
  /** `waiting`, and without a place: until it is time to ask again (`rests`), then until there is a place for that (`due`). Those of older pages say nothing of it. */
  aside?: 'rests' | 'due' | null
  /** `file-wanted`: asking the person may give reading back. */
  canAsk: boolean
}

export type UploadEvent =
  | { type: 'started' }
  /** The relay is about to hear of it. */
  | { type: 'asked' }
  | { type: 'accepted'; offset: number }
  /** Null: nobody can say, and it goes without. */
  | { type: 'hashed'; digest: string | null }
  | { type: 'cut'; trouble: Trouble }
  /** The relay has a reason of its own, which others behind it may not meet. */
  | { type: 'set-aside'; trouble: Trouble }
  /** It has rested. */
  | { type: 'due' }
  | { type: 'refused'; trouble: Trouble }
  /** `digest`: what the relay has read; null: it does not say. */
  | { type: 'finished'; digest: string | null }
  /** What the relay has read is what was here, or nobody can say any more. */
  | { type: 'compared' }
  /** It is not: once more, under this id of the file. */
  | { type: 'differed'; fileId: string }
  | { type: 'wrong-deleted' }
  | { type: 'let-go' }
  | { type: 'paused' }
  /** It goes with the next prompt, whatever it was begun for. */
  | { type: 'attached' }
  /** Goes before all others: `rank` is smaller than any. */
  | { type: 'resumed'; rank: number }
  | { type: 'retried'; rank: number }
  | { type: 'file-lost'; canAsk: boolean }
  | { type: 'file-provided'; rank: number }
  /** One of this name and size that has changed since. */
  | { type: 'file-replaced'; rank: number; fileId: string; lastModified: number }
  /** The relay knows nothing of it any more: from the first byte, under this id of the file. */
  | { type: 'begun-anew'; fileId: string }
  | { type: 'cancelled' }
  /** Whoever sent it is gone: this tab takes it over. */
  | { type: 'taken'; tab: string }

/** What was dropped as one, by session; null: it came by itself. */
export const folderOf = ({ sessionId, folder }: Upload): string | null => (folder === '' ? null : `${sessionId} ${folder.split('/', 1)[0]}`)

/** Has one of the places: bytes flow, or will again by themselves. */
export const isActive = ({ state, aside }: Upload): boolean => state === 'sending' || (state === 'waiting' && !aside)

/** It is seen to here: it has a place, or it rests until it gets one. */
export const isAttended = (upload: Upload): boolean => isActive(upload) || upload.aside === 'rests'

const otherContent: Trouble = { ...trouble('CONFLICT', 'the relay has read other bytes than were here'), details: { reason: 'digest' } }

/** The upload after `event`; the same one where the event comes too late to mean anything. */
export function afterEvent(upload: Upload, event: UploadEvent): Upload {
  const after = changed(upload, event)
  return after.aside && after.state !== 'waiting' ? { ...after, aside: null } : after
}

function changed(upload: Upload, event: UploadEvent): Upload {
  const { state } = upload
  const ended = state === 'done' || state === 'cancelled'
  switch (event.type) {
    case 'started':
      // One that was set aside says what it waits for until the relay takes it.
      if (upload.aside === 'due') return { ...upload, aside: null }
      return state === 'queued' ? { ...upload, state: 'sending', trouble: null } : upload
    case 'asked':
      return upload.isKnown || ended ? upload : { ...upload, isKnown: true }
    case 'accepted':
      return isActive(upload) ? { ...upload, state: 'sending', offset: event.offset, trouble: null } : upload
    case 'hashed':
      return ended ? upload : { ...upload, digest: event.digest }
    case 'cut':
      return isActive(upload) ? { ...upload, state: 'waiting', trouble: event.trouble } : upload
    case 'set-aside':
      return isActive(upload) ? { ...upload, state: 'waiting', aside: 'rests', trouble: event.trouble } : upload
    case 'due':
      return upload.aside === 'rests' ? { ...upload, aside: 'due' } : upload
    case 'refused':
      return isActive(upload) ? { ...upload, state: 'failed', trouble: event.trouble } : upload
    case 'finished':
      return isActive(upload) ? { ...upload, state: 'done', offset: upload.size, trouble: null, unchecked: event.digest === upload.digest ? null : event.digest } : upload
    case 'compared':
      return upload.unchecked === null ? upload : { ...upload, unchecked: null }
    case 'differed':
      return isActive(upload) || (state === 'done' && upload.unchecked !== null) ? onceMore(upload, event.fileId) : upload
    case 'wrong-deleted':
      return { ...upload, wrong: null }
    case 'let-go':
      return state === 'done' && upload.unchecked !== null ? { ...upload, isLetGo: true } : upload
    case 'paused':
      return isGoing(upload) ? { ...upload, state: 'paused', trouble: null } : upload
    case 'attached':
      return ended ? upload : { ...upload, purpose: 'prompt' }
    case 'resumed':
      return state === 'paused' ? inFront(upload, event.rank) : upload
    case 'retried':
      return state === 'failed' ? { ...inFront(upload, event.rank), anew: null } : upload
    case 'file-lost':
      return isGoing(upload) ? { ...upload, state: 'file-wanted', canAsk: event.canAsk, trouble: null } : upload
    case 'file-provided':
      return state === 'file-wanted' ? inFront(upload, event.rank) : upload
    case 'file-replaced':
      if (state !== 'file-wanted') return upload
      return { ...inFront(upload, event.rank), ...begunAnew(upload, event.fileId), lastModified: event.lastModified, wrong: upload.isKnown ? upload.fileId : upload.wrong, anew: 'changed' }
    case 'begun-anew':
      return isActive(upload) ? { ...upload, ...begunAnew(upload, event.fileId), anew: upload.offset > 0 ? 'lost' : upload.anew } : upload
    case 'cancelled':
      return { ...upload, state: 'cancelled', trouble: null, unchecked: null }
    case 'taken':
      // What the other one did last is not known: it stands in line again, and the relay says how far it is.
      return { ...upload, tab: event.tab, state: isGoing(upload) ? 'queued' : state, trouble: isGoing(upload) ? null : upload.trouble }
  }
}

/** By itself, now or when its turn comes. */
const isGoing = ({ state }: Upload): boolean => state === 'queued' || state === 'sending' || state === 'waiting'

function begunAnew(upload: Upload, fileId: string): Pick<Upload, 'fileId' | 'offset' | 'isKnown' | 'digest'> {
  return { fileId, offset: 0, isKnown: false, digest: fileId === upload.fileId ? upload.digest : null }
}

/** By itself once: where it differs again, something is wrong that sending does not mend. What went with a prompt is too late for that, and comes to the session's files. */
function onceMore(upload: Upload, fileId: string): Upload {
  const again = upload.anew === 'differs'
  const fresh = { ...begunAnew(upload, fileId), anew: 'differs', isLetGo: false, unchecked: null, wrong: upload.state === 'done' ? upload.fileId : upload.wrong } as const
  return { ...upload, ...fresh, purpose: upload.isLetGo ? 'files' : upload.purpose, state: again ? 'failed' : 'queued', trouble: again ? otherContent : null }
}

function inFront(upload: Upload, rank: number): Upload {
  return { ...upload, state: 'queued', trouble: null, canAsk: false, rank }
}
