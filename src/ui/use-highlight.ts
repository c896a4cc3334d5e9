// Colours for code as they become known: plain lines first, coloured once the highlighter has been fetched.
import { shallowRef, watchEffect, type Ref } from 'vue'
import { createGrowingHighlight, plainLines, type CodeLines, type GrowingHighlight } from './growing-highlight.ts'


type Highlighter = typeof import('./highlight-code.ts')
let fetched: Promise<Highlighter> | null = null

/** One download for the page; a failed one is tried again with the next box. */
function fetchHighlighter(): Promise<Highlighter> {
  fetched ??= import('./highlight-code.ts').catch((error: unknown) => {
    fetched = null
    throw error
  })
  return fetched
}

/**
 * Lines of `code`. While `open`, only complete lines are coloured: a half-written one would change its colours with every letter.
 * `language` may be a name or come from a path.
 */
export function useHighlight(source: () => { code: string; language: string; path?: string; open?: boolean }): Ref<CodeLines> {
  const lines = shallowRef<CodeLines>([])
  const highlighter = shallowRef<Highlighter | null>(null)
  let growing: GrowingHighlight | null = null
  watchEffect(() => {
    const { code, language, path, open } = source()
    const known = highlighter.value
    if (!known) {
      lines.value = plainLines(code)
      if (language !== '' || path !== undefined) fetchHighlighter().then((module) => (highlighter.value = module), () => undefined)
      return
    }
    const name = language || (path === undefined ? '' : known.languageOfPath(path))
    if (open) {
      growing ??= createGrowingHighlight(known.highlightLines)
      lines.value = growing.update(code, name)
    } else {
      growing = null
      lines.value = known.highlightLines(code, name) ?? plainLines(code)
    }
  })
  return lines
}
