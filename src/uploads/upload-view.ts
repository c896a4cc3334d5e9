// An upload as people see it; pure.
import type { Purpose, Upload, UploadState } from './upload.ts'

/** What only the tab that sends it knows by itself. */
export type Pace = { speed: number | null; secondsLeft: number | null; folderSpeed: number | null }
export const NO_PACE: Pace = { speed: null, secondsLeft: null, folderSpeed: null }

export type UploadView = {
  id: string
  /** Of the file at the relay: what goes with a prompt. */
  fileId: string
  sessionId: string | null
  name: string
  /** The folder it was dropped in, relative; '' for none. */
  folder: string
  /** The folder at the relay, of one that goes along by itself; '' for none. */
  outOf: string
  size: number
  type: string
  lastModified: number
  purpose: Purpose
  addedAt: number
  state: Exclude<UploadState, 'cancelled'>
  /** Bytes on the relay's disk. Nothing that is still under way is counted, so it only ever goes back where the relay has lost something. */
  offset: number
  /** Bytes per second, of the last three seconds. */
  speed: number | null
  secondsLeft: number | null
  /** Bytes per second of all that come in its folder, while it is one of them. */
  folderSpeed: number | null
  /** Why it has begun from the first byte again, as long as it goes on. */
  anew: Upload['anew']
  /** Why it failed; while `waiting`, what for. */
  trouble: { code: string; details?: unknown } | null
  /** `file-wanted`: a click may give reading back (`askAgain`); else the file has to be chosen again (`provide`). */
  canAsk: boolean
}

export type UploadDeed = 'pause' | 'resume' | 'retry' | 'cancel' | 'forget' | 'attach'

/** Null: for people it is gone. */
export function viewOf(upload: Upload, { speed, secondsLeft, folderSpeed }: Pace): UploadView | null {
  const { id, fileId, sessionId, name, folder, outOf = '', size, type, lastModified, purpose, addedAt, state, offset, canAsk } = upload
  if (state === 'cancelled' || upload.isLetGo) return null
  const trouble = upload.trouble && { code: upload.trouble.code, details: upload.trouble.details }
  return { id, fileId, sessionId, name, folder, outOf, size, type, lastModified, purpose, addedAt, state, offset, speed, secondsLeft, folderSpeed: state === 'sending' ? folderSpeed : null, anew: state === 'done' ? null : upload.anew, trouble, canAsk }
}
