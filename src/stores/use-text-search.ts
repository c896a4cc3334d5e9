// What was said in sessions, as far as the relay has found it: asked for anew with each word, page by page.
import { ref, shallowRef } from 'vue'
import type { SearchHit } from '#protocol'
import type { Trouble } from '../connection/connection.ts'
import { createSearchRest } from '../connection/search-rest.ts'
import { useServices } from './use-services.ts'

const PAGE = 20
const MOST_CHARS = 200
/** A search that takes long answers with empty pages on its way: no more of them are asked for by itself. */
const MOST_EMPTY_PAGES = 5

export function useTextSearch() {
  const api = createSearchRest(useServices().rest)
  const hits = shallowRef<readonly SearchHit[]>([])
  const asking = ref(false)
  const trouble = shallowRef<Trouble | null>(null)
  const next = ref<string | null>(null)
  let sought = ''
  let call: AbortController | null = null

  /** What an older word brings is not waited for any more. */
  function stop(): void {
    call?.abort()
    call = null
    asking.value = false
  }

  async function read(cursor: string | null, sessionId?: string): Promise<void> {
    stop()
    const mine = (call = new AbortController())
    asking.value = true
    trouble.value = null
    let at = cursor
    for (let page = 0; page < MOST_EMPTY_PAGES; page++) {
      const answer = await api.search(sought, { limit: PAGE, sessionId, cursor: at ?? undefined }, mine.signal)
      if (mine !== call) return
      if (!answer.ok) {
        trouble.value = answer.trouble
        break
      }
      const { hits: found } = answer.data
      at = answer.data.next
      if (sessionId === undefined) {
        hits.value = cursor === null && page === 0 ? found : [...hits.value, ...found]
        next.value = at
      } else hits.value = within(hits.value, sessionId, found, at !== null)
      if (found.length > 0 || at === null) break
    }
    asking.value = false
  }

  return {
    hits,
    asking,
    trouble,
    /** There may be more. */
    next,
    stop,
    ask(words: string): Promise<void> {
      sought = words.slice(0, MOST_CHARS).toWellFormed()
      hits.value = []
      next.value = null
      return read(null)
    },
    again: () => read(next.value),
    /** Those of one session that were not told with the others. */
    allOf: (sessionId: string) => read(null, sessionId),
  }
}

/** The hits of one session take the place of those that were told first. */
function within(hits: readonly SearchHit[], sessionId: string, all: readonly SearchHit[], more: boolean): readonly SearchHit[] {
  const at = hits.findIndex((each) => each.session_id === sessionId)
  if (at === -1 || all.length === 0) return hits
  const last = { ...all.at(-1)!, ...(more && { more }) }
  const others = hits.filter((each) => each.session_id !== sessionId)
  return [...others.slice(0, at), ...all.slice(0, -1), last, ...others.slice(at)]
}
