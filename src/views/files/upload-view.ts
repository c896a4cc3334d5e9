// What is shown of a file on its way, and small questions about it. Pure.
import type { UploadView } from '../../stores/use-uploads-store.ts'

export type { UploadView }

const OVER: ReadonlySet<UploadView['state']> = new Set(['done', 'failed'])

/** It still goes on, now or by itself later. */
export const isGoingOn = ({ state }: Pick<UploadView, 'state'>): boolean => !OVER.has(state)

/** It goes on by itself, and can be held. */
export const mayPause = ({ state }: Pick<UploadView, 'state'>): boolean => state === 'sending' || state === 'queued' || state === 'waiting'

/** Whatever is wrong may be put right. A file that is larger than the relay takes, or lies too deep, will be that the next time as well. */
export function mayRetry({ state, trouble }: Pick<UploadView, 'state' | 'trouble'>): boolean {
  const reason = (trouble?.details as { reason?: unknown } | null | undefined)?.reason
  return state === 'failed' && reason !== 'file' && reason !== 'folder'
}

/** 0–1. An empty file is there once it is done. */
export const shareOf = ({ offset, size, state }: Pick<UploadView, 'offset' | 'size' | 'state'>): number => (state === 'done' ? 1 : size === 0 ? 0 : Math.min(1, offset / size))

/** Stopped before the relay's answer came, it knows less than the list of files: what is in that has all its bytes there. */
export const withWhatArrived = (upload: UploadView, listed: ReadonlySet<string>): UploadView =>
  upload.state !== 'done' && upload.offset < upload.size && listed.has(upload.fileId) ? { ...upload, offset: upload.size } : upload

/** `photos/2026` → `photos`: what was dropped as one thing. */
export const topFolder = (folder: string): string => folder.split('/', 1)[0]!
