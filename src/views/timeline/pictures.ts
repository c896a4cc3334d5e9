// Where rows get the pictures that came with prompts, and whether a file is still there. Without a provider (the gallery) they are told by name only.
import { inject, type InjectionKey } from 'vue'
import type { Attachment } from '#protocol'

export type Pictures = {
  /** What this page has sent itself: shown before the relay tells of it, and without asking it. */
  known(fileId: string): { name: string; size: number; content_type: string } | undefined
  /** It was deleted: nothing is left to be opened. */
  isGone(fileId: string): boolean
  /** An address on this page; null: it cannot be had now. */
  load(fileId: string): Promise<string | null>
}

export const PICTURES: InjectionKey<Pictures> = Symbol('pictures')

export const usePictures = (): Pictures | null => inject(PICTURES, null)

/** What every browser draws. Others, and what is too much for a glance, are files. */
const DRAWN = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
const MOST_BYTES = 10 * 1024 * 1024

export const isPicture = ({ content_type, size }: Pick<Attachment, 'content_type' | 'size'>): boolean => DRAWN.has(content_type) && size <= MOST_BYTES
