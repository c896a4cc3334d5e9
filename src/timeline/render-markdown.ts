// Markdown of Claude and of people: a whole text at once, or a stream (`createMarkdownStream`).
import type { MarkdownBlock } from './markdown-block.ts'
import { createMarkdownStream, type MarkdownDependencies } from './markdown-stream.ts'

export type { MarkdownBlock, Sanitise } from './markdown-block.ts'
export { linkTarget } from './markdown-html.ts'
export { createMarkdownStream } from './markdown-stream.ts'
export { createSanitiser } from './sanitise-html.ts'

/** All blocks of a finished text. */
export const renderMarkdown = (text: string, dependencies: MarkdownDependencies): readonly MarkdownBlock[] =>
  createMarkdownStream(dependencies).update(text, { complete: true })
