// Markdown while it grows: the pieces must not matter, finished blocks must not move, absurd input must not hurt.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createMarkdownHtml } from '../../../src/timeline/markdown-html.ts'
import { createMarkdownStream, type MarkdownBlock, renderMarkdown } from '../../../src/timeline/render-markdown.ts'

const dependencies = { sanitise: (html: string) => html, now: () => 0 }
const render = (text: string) => renderMarkdown(text, dependencies)
const html = (text: string) => render(text).map((block) => (block.kind === 'html' ? block.html : block.kind === 'code' ? `[${block.language}]${block.code}` : `plain:${block.text}`))

/** Shows every prefix in turn, as a reader sees it. */
function stream(text: string, step = 1) {
  const markdown = createMarkdownStream(dependencies)
  const frames: (readonly MarkdownBlock[])[] = []
  for (let end = step; end < text.length; end += step) frames.push(markdown.update(text.slice(0, end), { complete: false }))
  return { frames, whole: markdown.update(text, { complete: true }) }
}

const piece = fc.constantFrom(
  'word ', 'two words', '\n', '\n\n', '\n\n\n', '# Head\n', '## Sub', '- item\n', '  - nested\n', '1. one\n', '   para in item\n', '* star ', '**bold**', '**half', '`code`', '``',
  '```ts\n', '```\n', '   ```js\n', '~~~\n', 'const a = 1\n', '    indented\n', '> quote\n', '>', '| a | b |\n', '|---|---|\n', '|--', '[link](https://a.b)', '[ref]', '[ref]: https://c.d\n',
  '[half](htt', '<b>', '</b>', '<div>\n', '<!-- c -->', '---\n', '===\n', '-', '+', '1.', '&amp;', '\\*', '한국어 ', '😀', '\r\n', '\r', '\u001b[31m', '\u001b]8;;x\u0007', '\u202e', '\t', '_', '~~no~~', '![i](x.png)', '- [ ] ', '"', "'", '(',
)
const source = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))

describe('streamed Markdown', () => {
  test('a paragraph with a word as long as a page says so, its neighbours do not', () => {
    const dense = (text: string) => render(text).map((block) => block.kind === 'html' && block.dense === true)
    expect(dense(`well\n\n${'A'.repeat(500)}\n\n${'A '.repeat(500)}`)).toEqual([false, true, false])
  })

  test('any split gives the blocks of the whole text', () => {
    fc.assert(
      fc.property(source, fc.array(fc.nat(400), { maxLength: 12 }), (text, cuts) => {
        const markdown = createMarkdownStream(dependencies)
        for (const cut of [...cuts].sort((a, b) => a - b)) markdown.update(text.slice(0, cut), { complete: false })
        expect(markdown.update(text, { complete: true })).toEqual([...render(text)])
      }),
      { numRuns: 1500 },
    )
  })

  test('any split without link definitions keeps finished blocks: the same objects until the end', () => {
    fc.assert(
      fc.property(source.filter((text) => !text.includes(']:')), fc.integer({ min: 1, max: 9 }), (text, step) => {
        const { frames, whole } = stream(text, step)
        // Two blocks back from the end nothing may change any more: a list may still be continued by the last one.
        const settled = new Map<string, MarkdownBlock>()
        const all = [...frames, whole]
        for (const blocks of all) {
          const starts = [...new Set(blocks.map((block) => block.key.split('.')[0]!))]
          const old = new Set(starts.slice(0, -2))
          for (const [key, block] of settled) expect(blocks.find((each) => each.key === key)).toBe(block)
          for (const block of blocks) if (old.has(block.key.split('.')[0]!)) settled.set(block.key, block)
        }
      }),
      { numRuns: 400 },
    )
  })

  test('cutting into segments reads the same as reading the whole text', () => {
    const block = fc.constantFrom(
      'A paragraph with **bold**\nand a second line', '# Title', '## Title\nText right below', '- one\n- two\n  - nested', '- loose\n\n- list', '1. one\n\n   more of one\n2. two',
      '1. code:\n   ```sh\n   npm i\n\n   npm t\n   ```\n2. next', '```ts\na\n\n# b\n- c\n```', '~~~\n```\n~~~', 'text\n```\ncode\n```\ntext', '> quote\n> more\n\n> other', '> ```\n> a\n>\n> b\n> ```',
      '| a | b |\n|---|:-:|\n| 1 | 2 |', '---', '    indented\n\n    code', 'Setext\n===', '* * *', '- [ ] open\n- [x] done', '<details>\n<summary>More</summary>\n\nInside\n\n</details>', '- a\nlazy', '10. ten\n    - nested\n\n      deep', ' indented by one', '- a\n\n      code in item',
    )
    const markdown = createMarkdownHtml()
    const whole = (text: string) => markdown.read(text, {}).map((token) => (token.type === 'code' ? `code:${token.text}` : markdown.html(token)))
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 8 }), fc.constantFrom('\n\n', '\n\n\n'), (list, gap) => {
        const text = list.join(gap)
        expect(render(text).map((each) => (each.kind === 'html' ? each.html : `code:${each.kind === 'code' ? each.code : ''}`))).toEqual(whole(text))
      }),
      { numRuns: 2000 },
    )
  })

  test('text that is replaced instead of continued is read afresh', () => {
    const markdown = createMarkdownStream(dependencies)
    markdown.update('# One\n\ntwo\n\nthree', { complete: false })
    expect(markdown.update('```js\nx', { complete: true })).toEqual([...render('```js\nx')])
  })

  test('a fence is a code box from its first line, its end is never shown as code', () => {
    const { frames } = stream('Look:\n```ts\nconst a = 1\n```\n')
    const kinds = frames.map((blocks) => blocks.at(-1))
    const first = kinds.findIndex((block) => block?.kind === 'code')
    expect(frames[first]!.length).toBe(2)
    for (const block of kinds.slice(first)) {
      expect(block?.kind).toBe('code')
      if (block?.kind === 'code') {
        expect(block.code).not.toContain('`')
        expect(['', 'ts']).toContain(block.language)
      }
    }
  })

  test('half a fence, heading or rule does not flash as something else', () => {
    for (const text of ['a\n\n```', 'a\n\n#', 'a\n-', 'a\n--', 'a\n\n1.', 'a\n\n>', 'a\n\n**', 'a\n\n`']) {
      expect(createMarkdownStream(dependencies).update(text, { complete: false }).filter((block) => block.kind === 'html').map((block) => block.html)).toEqual(['<p>a</p>'])
    }
  })

  test('a table is a table from its second row', () => {
    const { frames } = stream('| a | b |\n|---|---|\n| 1 | 2 |\n')
    const tables = frames.map((blocks) => blocks.some((block) => block.kind === 'html' && block.html.includes('<table>')))
    const first = tables.indexOf(true)
    expect(first).toBeGreaterThan(8)
    expect(first).toBeLessThan(13)
    expect(tables.slice(first).every(Boolean)).toBe(true)
  })

  test('open emphasis, code and links are ended for the eye', () => {
    const open = (text: string) => {
      const block = createMarkdownStream(dependencies).update(text, { complete: false }).at(-1)
      return block?.kind === 'html' ? block.html : block
    }
    expect(open('a **bold')).toBe('<p>a <strong>bold</strong></p>')
    expect(open('a **bold*')).toBe('<p>a <strong>bold</strong></p>')
    expect(open('a *b **c')).toBe('<p>a <em>b <strong>c</strong></em></p>')
    expect(open('a `co')).toBe('<p>a <code>co</code></p>')
    expect(open('see [docs](https://exa')).toBe('<p>see docs</p>')
    expect(open('2 * 3 = 6, snake_case, a*b')).toBe('<p>2 * 3 = 6, snake_case, a*b</p>')
    expect(open('- one **two')).toBe('<ul>\n<li>one <strong>two</strong></li>\n</ul>')
  })

  test('the last block is open until the text is complete', () => {
    const markdown = createMarkdownStream(dependencies)
    expect(markdown.update('a\n\nb', { complete: false }).map((block) => block.open)).toEqual([false, true])
    expect(markdown.update('a\n\nb', { complete: true }).map((block) => block.open)).toEqual([false, false])
  })

  test('a definition at the end reaches links before it', () => {
    expect(html('[docs] here\n\nmore\n\n[docs]: https://a.b/c "t"')[0]).toContain('href="https://a.b/c"')
  })
})

describe('Markdown that hurts others', () => {
  const absurd: Record<string, string> = {
    'quotes 2,000 deep': '>'.repeat(2000),
    'quotes with spaces': '> '.repeat(2000) + 'x',
    'lists 500 deep': Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth * 2)}- a`).join('\n'),
    'a list of 251 KB': Array.from({ length: 9000 }, (_, at) => `${' '.repeat((at % 12) * 2)}- entry number ${at}`).join('\n'),
    'lists in one line': '- '.repeat(4000),
    'numbers in one line': '1. '.repeat(4000),
    'setext headings': 'a\n-\n'.repeat(8000),
    'half underlines': '_a_'.repeat(30000),
    'open brackets': '['.repeat(60000),
    'one line of a megabyte': 'x '.repeat(500_000),
    'stars': '**a *b '.repeat(20000),
    'ticks': '`a``b```'.repeat(10000),
    'angles': '<'.repeat(60000),
    'images': '![['.repeat(20000),
  }
  for (const [name, text] of Object.entries(absurd)) {
    test(name, () => {
      const blocks = render(text)
      const words = blocks.map((block) => (block.kind === 'plain' ? block.text : block.kind === 'code' ? block.code : block.html)).join('\n')
      expect(words.length).toBeGreaterThan(0)
      if (text.length <= 512 * 1024) expect(words.replace(/<[^>]*>|\s/g, '').length).toBeGreaterThan(0)
      expect(words.length).toBeLessThan(text.length * 12 + 1000)
    })
  }

  test('any of it while it streams', () => {
    for (const text of Object.values(absurd)) {
      const markdown = createMarkdownStream(dependencies)
      for (let end = 1; end < text.length; end = end * 3 + 1) markdown.update(text.slice(0, end), { complete: false })
      expect(markdown.update(text, { complete: true })).toEqual([...render(text)])
    }
  })

  test('when the time is up the rest is plain, and is read at the next update', () => {
    let at = 0
    const markdown = createMarkdownStream({ sanitise: (raw) => raw, now: () => (at += 100) })
    const text = '**a**\n\n**b**\n\n**c**\n\n**d**'
    expect(markdown.update(text, { complete: true }).map((block) => block.kind)).toEqual(['html', 'html', 'plain', 'plain'])
    expect(markdown.update(text, { complete: true }).map((block) => block.kind).slice(0, 3)).toEqual(['html', 'html', 'plain'])
  })

  test('a long text is plain beyond the caps and loses nothing', () => {
    const long = `${'word '.repeat(100)}\n\n`.repeat(2000)
    const last = render(long).at(-1)!
    expect(last.kind === 'plain' ? last.text.length : 0).toBe(long.length - 512 * 1024)
    const many = render('a\n\n'.repeat(9000))
    expect(many.length).toBe(4001)
    expect(many.at(-1)).toMatchObject({ kind: 'plain', text: 'a\n\n'.repeat(5000) })
  })
})
