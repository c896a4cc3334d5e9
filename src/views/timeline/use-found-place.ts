// The way to a match: unfolds what hides it, brings its row and then the words themselves into view, and marks them.
import { nextTick } from 'vue'
import type { Found } from '../../timeline/find-in-timeline.ts'
import { seqOfRow } from './row-facts.ts'
import { markText } from './mark-text.ts'
import type { TimelineRow, TimelineView } from './timeline-view.ts'

/** Parts of rows come a moment after them; the list measures what it has not drawn before. */
const WITHIN_FRAMES = 40
const STEADY_FRAMES = 4

type Dependencies = {
  view: Pick<TimelineView, 'choices' | 'choose'>
  scroller(): HTMLElement | null
  rows(): readonly TimelineRow[]
  /** Resolves when the row is drawn. */
  show(index: number): Promise<void>
}

const frame = () => new Promise(requestAnimationFrame)

export function useFoundPlace({ view, scroller, rows, show }: Dependencies) {
  /** The present way: an older one goes no further. */
  let going = 0

  const isIn = (row: TimelineRow, key: string) => row.key === key || ('part' in row && row.part.key === key)
  const indexOf = (key: string) => {
    const exact = rows().findIndex((row) => row.key === key)
    return exact === -1 ? rows().findIndex((row) => isIn(row, key)) : exact
  }

  async function unfold({ key, openKeys }: Found): Promise<void> {
    const group = () => rows().find((row) => 'parts' in row && row.parts.some((part) => part.key === key))?.key
    const open = async (keys: readonly string[]) => {
      const folded = keys.filter((each) => view.choices.get(each) !== true)
      if (folded.length === 0) return
      for (const each of folded) view.choose(each, true)
      // What is unfolded is held in its place for two frames: only then may it move.
      await nextTick()
      for (let left = 3; left > 0; left--) await frame()
    }
    await open(openKeys)
    const folded = group()
    if (folded !== undefined) await open([folded])
  }

  function mark(query: string, match: Found | null, nth: number): Range | null {
    const box = scroller()
    const row = match && rows()[indexOf(match.key)]
    return box && markText(box, query, match && row ? { row: row.key, snippet: match.snippet, nth } : null)
  }

  async function go(query: string, match: Found, nth: number): Promise<void> {
    const mine = ++going
    await unfold(match)
    if (mine !== going) return
    const index = indexOf(match.key)
    if (index !== -1) await show(index)
    for (let left = WITHIN_FRAMES, steady = 0; left > 0 && steady < STEADY_FRAMES && mine === going; left--) {
      const range = mark(query, match, nth)
      const box = scroller()
      steady = range && box && bringIntoView(range, box) ? steady + 1 : 0
      await frame()
    }
  }

  return {
    go,
    mark,
    /** The seqs of the first and the last row in view. */
    inView(): { first: number; last: number } | null {
      const box = scroller()
      if (!box) return null
      const { top, bottom } = box.getBoundingClientRect()
      const keys = new Set([...box.querySelectorAll<HTMLElement>('[data-row]')].filter((row) => isWithin(row.getBoundingClientRect(), top, bottom)).map((row) => row.dataset['row']))
      const seqs = rows().flatMap((row) => (keys.has(row.key) ? (seqOfRow(row) ?? []) : []))
      return seqs.length === 0 ? null : { first: Math.min(...seqs), last: Math.max(...seqs) }
    },
  }
}

const isWithin = (rect: DOMRect, top: number, bottom: number) => rect.bottom > top && rect.top < bottom

/** Through every box that scrolls, from the inside out. True when nothing had to move. */
function bringIntoView(range: Range, box: HTMLElement): boolean {
  let moved = false
  for (let each = range.startContainer.parentElement; each; each = each === box ? null : each.parentElement) {
    if (each.scrollHeight <= each.clientHeight + 1 || !/auto|scroll/.test(getComputedStyle(each).overflowY)) continue
    const { top, height } = each.getBoundingClientRect()
    const words = range.getBoundingClientRect()
    if (words.top >= top && words.bottom <= top + height) continue
    const before = each.scrollTop
    each.scrollTop += words.top - top - height / 3
    moved ||= each.scrollTop !== before
  }
  return !moved
}
