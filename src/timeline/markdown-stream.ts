// Markdown that grows: finished blocks are kept as they are, only the last segment is read again for each piece of text.
import { completeTail } from './complete-tail.ts'
import type { MarkdownBlock, Sanitise } from './markdown-block.ts'
import { createMarkdownHtml, type Links, type PictureWords } from './markdown-html.ts'
import { isAbsurd, MARKDOWN_LIMITS, type MarkdownLimits, unlessAbsurd } from './markdown-limits.ts'
import { createSplitter, readFence, type Segment } from './split-markdown.ts'
import { visibleText } from './visible-text.ts'

export type MarkdownDependencies = {
  sanitise: Sanitise
  /** Milliseconds of a monotone clock, for the time cap. */
  now: () => number
  /** In the reader's language. */
  pictureWords?: PictureWords
  limits?: Partial<MarkdownLimits>
}

export type MarkdownStream = {
  /**
   * All text so far → all its blocks. While `complete` is false the last block is provisional (`open`).
   * The blocks of a complete text do not depend on the pieces in which it came.
   */
  update(text: string, options: { complete: boolean }): readonly MarkdownBlock[]
}

type Known = { absurd: boolean; links: Links | null }
type Rendered = {
  segment: Segment
  shown: string
  references: string
  open: boolean
  /** Shown plain only because time ran out. */
  late: boolean
  blocks: readonly MarkdownBlock[]
  /** HTML before sanitising, by block. */
  html: readonly (string | null)[]
}

const DENSE = /[^\s<>"]{500}/
const DEFINITION = /^[ >]{0,8}\[[^\]\n]+\]:/m

export function createMarkdownStream({ sanitise, now, pictureWords, limits: given }: MarkdownDependencies): MarkdownStream {
  const limits = { ...MARKDOWN_LIMITS, ...given }
  const markdown = createMarkdownHtml(pictureWords)
  const splitter = createSplitter()
  const known = new WeakMap<Segment, Known>()
  let rendered = new Map<number, Rendered>()

  function know(segment: Segment): Known {
    const before = known.get(segment)
    if (before) return before
    const absurd = segment.kind === 'flow' && isAbsurd(segment.text, limits)
    const defines = segment.kind === 'flow' && !absurd && DEFINITION.test(segment.text)
    const fresh = { absurd, links: defines ? (unlessAbsurd(() => markdown.definitions(segment.text)) ?? null) : null }
    known.set(segment, fresh)
    return fresh
  }

  /** Link definitions of the whole text; the first of a name counts. */
  function allLinks(segments: readonly Segment[]): Links {
    const links: Links = Object.create(null)
    for (const segment of segments) {
      for (const [tag, link] of Object.entries(know(segment).links ?? {})) links[tag] ??= link
    }
    return links
  }

  function renderFlow(source: string, start: number, links: Links, before: Rendered | undefined, open: boolean) {
    const tokens = markdown.read(source, links)
    const blocks: MarkdownBlock[] = []
    const html: (string | null)[] = []
    tokens.forEach((token, index) => {
      const key = `${start}.${index}`
      const last = open && index === tokens.length - 1
      const old = before?.blocks[index]
      if (token.type === 'code') {
        html.push(null)
        const language = /^[^\s{,]*/.exec(String(token.lang ?? ''))![0]
        blocks.push(keep(old, { key, kind: 'code', language, code: String(token.text), open: last }))
        return
      }
      const raw = markdown.html(token)
      html.push(raw)
      // Sanitising costs more than reading: what was clean stays clean.
      const clean = old?.kind === 'html' && before!.html[index] === raw ? old.html : sanitise(raw)
      blocks.push(keep(old, { key, kind: 'html', html: clean, open: last, ...(DENSE.test(clean) ? { dense: true } : {}) }))
    })
    return { blocks, html }
  }

  function render(segment: Segment, links: Links, references: string, open: boolean, late: boolean): Rendered {
    const before = rendered.get(segment.start)
    const uses = segment.kind === 'flow' && segment.text.includes('[') ? references : ''
    const same = before !== undefined && before.open === open && before.references === uses && (late || !before.late)
    if (same && before.segment === segment) return before
    const { absurd } = know(segment)
    const shown = open && !absurd ? provisional(segment) : segment.text
    if (same && before.shown === shown && before.segment.closed === segment.closed) return { ...before, segment }
    const common = { segment, shown, references: uses, open }
    const old = before?.blocks[0]
    const one = (block: MarkdownBlock, isLate: boolean): Rendered => ({ ...common, late: isLate, blocks: [keep(old, block)], html: [null] })
    const key = `${segment.start}.0`
    if (segment.kind === 'fence') {
      return one({ key, kind: 'code', ...readFence({ ...segment, text: shown }), open: open && !segment.closed }, false)
    }
    const result = absurd || late ? undefined : unlessAbsurd(() => renderFlow(shown, segment.start, links, before, open))
    if (result) return { ...common, late: false, ...result }
    return one({ key, kind: 'plain', text: segment.text.trimEnd(), open }, late && !absurd)
  }

  return {
    update(text, { complete }) {
      const began = now()
      const clean = visibleText(text)
      const all = splitter.split(clean.slice(0, limits.textChars))
      const segments = all.slice(0, limits.segments)
      const end = all[limits.segments]?.start ?? Math.min(clean.length, limits.textChars)
      const rest = clean.slice(end)
      const links = allLinks(segments)
      const references = JSON.stringify(links)
      const next = new Map<number, Rendered>()
      const blocks: MarkdownBlock[] = []
      segments.forEach((segment, index) => {
        const open = !complete && rest === '' && index === segments.length - 1
        const result = render(segment, links, references, open, now() - began > limits.budgetMs)
        next.set(segment.start, result)
        blocks.push(...result.blocks)
      })
      rendered = next
      if (rest !== '') blocks.push({ key: `${end}.rest`, kind: 'plain', text: rest, open: !complete })
      return blocks
    },
  }
}

function provisional(segment: Segment): string {
  if (segment.kind === 'flow') return completeTail(segment.text)
  if (segment.closed) return segment.text
  // The language is being typed, or the closing fence is: neither is content.
  if (!segment.text.includes('\n')) return segment.text.replace(/[^`~ ].*$/, '')
  return segment.text.replace(/\n {0,3}(?:`+|~+)$/, '\n')
}

function keep(old: MarkdownBlock | undefined, block: MarkdownBlock): MarkdownBlock {
  if (!old || old.kind !== block.kind || old.key !== block.key || old.open !== block.open) return block
  if (block.kind === 'html') return (old as typeof block).html === block.html ? old : block
  if (block.kind === 'plain') return (old as typeof block).text === block.text ? old : block
  return (old as typeof block).code === block.code && (old as typeof block).language === block.language ? old : block
}
