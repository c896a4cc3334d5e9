// Colours for the lines of a diff: before and after are two texts, each read as a whole.
import { computed, type ComputedRef } from 'vue'
import type { Diff, DiffLine } from '../../timeline/diff-hunks.ts'
import type { CodeSpan } from '../../ui/highlight-code.ts'
import { useHighlight } from '../../ui/use-highlight.ts'

export function useDiffColours(source: () => { diff: Diff; path: string }): ComputedRef<ReadonlyMap<DiffLine, readonly CodeSpan[]>> {
  const lines = computed(() => source().diff.hunks.flatMap((hunk) => hunk.lines))
  const before = computed(() => lines.value.filter((line) => line.kind !== 'added'))
  const after = computed(() => lines.value.filter((line) => line.kind !== 'removed'))
  const textOf = (side: readonly DiffLine[]) => side.map((line) => line.text).join('\n')
  const old = useHighlight(() => ({ code: textOf(before.value), language: '', path: source().path }))
  const fresh = useHighlight(() => ({ code: textOf(after.value), language: '', path: source().path }))
  return computed(() => {
    const colours = new Map<DiffLine, readonly CodeSpan[]>()
    before.value.forEach((line, at) => old.value[at] && colours.set(line, old.value[at]))
    after.value.forEach((line, at) => fresh.value[at] && colours.set(line, fresh.value[at]))
    return colours
  })
}
