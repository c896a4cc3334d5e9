// What is said of a file on its way: how far it is, why it rests, why it failed.
import { useI18n } from 'vue-i18n'
import { useFormat } from '../../i18n/use-format.ts'
import { useConnectionStore } from '../../stores/use-connection-store.ts'
import { useTroubleWords } from '../shell/use-trouble-words.ts'
import type { UploadGroup } from './group-uploads.ts'
import { shareOf, type UploadView } from './upload-view.ts'

type Moving = { offset: number; size: number; speed: number | null; secondsLeft: number | null }

const ANEW = { lost: 'uploads.anewLost', differs: 'uploads.anewDiffers', changed: 'uploads.anewChanged' } as const

export function useUploadWords() {
  const { t } = useI18n()
  const format = useFormat()
  const link = useConnectionStore()
  const wordsOf = useTroubleWords()

  /** "412 MB of 1.2 GB · 38 MB/s · 21 s left", as much of it as is known. */
  function progress({ offset, size, speed, secondsLeft }: Moving): string {
    const values = { done: format.value.size(offset), size: format.value.size(size), speed: format.value.speed(speed ?? 0), left: format.value.timeLeft((secondsLeft ?? 0) * 1000) }
    if (speed === null) return t('uploads.progress', values)
    return t(secondsLeft === null ? 'uploads.progressSpeed' : 'uploads.progressLeft', values)
  }

  /** Why it failed, and what to do. */
  function reason({ trouble }: Pick<UploadView, 'trouble'>): string {
    if (trouble === null) return t('uploads.failed')
    const { reason: why, limit } = (trouble.details ?? {}) as { reason?: unknown; limit?: unknown }
    if (why === 'digest') return t('uploads.differs')
    if (why === 'folder') return t('uploads.tooDeep')
    if (trouble.code !== 'TOO_LARGE') return wordsOf(trouble)
    if (why === undefined) return t('uploads.refusedOnTheWay')
    // Of one file, or of all that a session or a person may have.
    if (why === 'session_files' || why === 'user_files') return t('uploads.mostFiles', { n: format.value.number(Number(limit)) })
    const most = typeof limit === 'number' ? limit : (link.connected()?.limits.upload_bytes ?? 0)
    return t(why === 'session' || why === 'user' ? 'uploads.noRoom' : 'uploads.tooLarge', { limit: format.value.size(most) })
  }

  /** For the link, unless the relay has said something else. */
  function waiting({ trouble, offset, size }: Pick<UploadView, 'trouble' | 'offset' | 'size'>): string {
    if (trouble === null || trouble.code === 'UNREACHABLE' || trouble.code === 'TIMEOUT') return t('uploads.waiting')
    const { reason: why, limit } = (trouble.details ?? {}) as { reason?: unknown; limit?: unknown }
    if (why === 'disk') return t('uploads.diskFull')
    if (why === 'open') return t('uploads.mostOpen', { n: format.value.number(Number(limit)) })
    if (why === 'files_store') return t(offset === size ? 'uploads.puttingAway' : 'uploads.storeAway')
    return wordsOf(trouble)
  }

  /** Once more from the first byte: why, and what it does now. */
  function state(upload: UploadView): string {
    const said = now(upload)
    if (upload.anew === null || upload.state === 'failed') return said
    return t(ANEW[upload.anew], { said })
  }

  function now(upload: UploadView): string {
    switch (upload.state) {
      case 'sending':
        return progress(upload)
      case 'paused':
        return t('uploads.paused', { percent: format.value.percent(shareOf(upload)) })
      case 'waiting':
        return waiting(upload)
      case 'queued':
        return t('uploads.queued', { size: format.value.size(upload.size) })
      case 'done':
        return t('uploads.done', { size: format.value.size(upload.size) })
      case 'file-wanted':
        return upload.canAsk ? t('uploads.askAgain') : t('uploads.chooseAgain')
      case 'failed':
        return reason(upload)
    }
  }

  /** Of a folder: how many of its files are there, and how far all of it is. */
  function whole(group: UploadGroup): string {
    const files = t('uploads.groupFiles', { done: format.value.number(group.done), n: format.value.number(group.uploads.length) }, group.uploads.length)
    if (group.state === 'done') return t('uploads.groupDone', { n: format.value.number(group.uploads.length), size: format.value.size(group.size) }, group.uploads.length)
    if (group.state === 'waiting') return waiting(group.uploads.find(({ state: each }) => each === 'waiting')!)
    if (group.state === 'paused') return t('uploads.paused', { percent: format.value.percent(group.size === 0 ? 0 : group.sent / group.size) })
    if (group.state === 'failed') return t('uploads.groupFailed', { n: group.failed }, group.failed)
    if (group.state === 'file-wanted' && group.askable === group.wanted) return t('uploads.allowText', { n: group.wanted }, group.wanted)
    if (group.state === 'file-wanted') return t('uploads.wantedFiles', { n: group.wanted }, group.wanted)
    return t('uploads.groupProgress', { files, progress: progress({ offset: group.sent, size: group.size, speed: group.speed, secondsLeft: group.secondsLeft }) })
  }

  return { state, reason, whole, progress }
}

/** Of the bar. */
export const toneOf = (state: UploadView['state']): 'accent' | 'paused' | 'warn' | 'danger' =>
  state === 'waiting' || state === 'file-wanted' ? 'warn' : state === 'failed' ? 'danger' : state === 'paused' || state === 'queued' ? 'paused' : 'accent'
