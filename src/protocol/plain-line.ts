// What titles and names are made of: one line that shows all it holds, in the order in which it is written. Pure.
import * as z from 'zod/mini'
import { LIMITS } from './limits.ts'

/** Control characters, marks of no width and marks that turn the direction of text: `photo\u202egnp.exe` reads as `photoexe.png`. */
const misleading = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g

export const withoutMisleading = (text: string): string => text.replace(misleading, '')

/** Where a line ended, or a tab stood, there is a space. */
export const plainLine = (text: string): string => withoutMisleading(text.replace(/[\t-\r\u0085\u2028\u2029]+/g, ' '))

/** Fillers, joiners, tags and the empty braille cell have no control in them, and still nothing to see. */
export const isInvisible = (text: string): boolean => /^[\p{DI}\u2800\s]*$/u.test(text)

export const sessionTitle = z.string().check(z.overwrite(plainLine), z.trim(), z.minLength(1), z.refine((title) => !isInvisible(title), 'nothing to see in it'), z.maxLength(LIMITS.titleChars))
