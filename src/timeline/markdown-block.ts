// A piece of rendered Markdown, the unit that a view draws, keeps and never touches again.

/**
 * `key` is stable while text grows. A block that did not change is the same object as before.
 * `html` is sanitised and goes into the one component with v-html; `code` and `plain` are text. `dense`: a word as long as a page is in it.
 */
export type MarkdownBlock =
  | { key: string; kind: 'html'; html: string; open: boolean; dense?: true }
  | { key: string; kind: 'code'; language: string; code: string; open: boolean }
  | { key: string; kind: 'plain'; text: string; open: boolean }

/** Takes HTML made here and returns what may be inserted. In the browser DOMPurify; see `createSanitiser`. */
export type Sanitise = (html: string) => string
