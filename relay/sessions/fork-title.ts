// What a fork is called: the original's title with the next free number, as files are copied everywhere. Pure.
import { LIMITS } from '#protocol'

const numbered = /^(.*) \((\d{1,4})\)$/su

/** The title without such a number. */
export const stemOf = (title: string): string => numbered.exec(title)?.[1] ?? title

/** `taken`: titles of the forker's own sessions; of others' nobody is to learn. An untitled session stays untitled. */
export function forkTitle(title: string, taken: readonly string[]): string {
  if (title === '') return ''
  const stem = stemOf(title)
  const numbers = [title, ...taken].filter((each) => stemOf(each) === stem).map((each) => Number(numbered.exec(each)?.[2] ?? 1))
  const number = ` (${Math.max(1, ...numbers) + 1})`
  return `${stem.slice(0, LIMITS.titleChars - number.length).toWellFormed().replace(/\ufffd$/, '')}${number}`
}
