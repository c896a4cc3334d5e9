// Markdown in a real browser: what our renderer makes survives the sanitiser, what attacks make of it does nothing.
import { fileURLToPath } from 'node:url'
import { expect, test } from '@playwright/test'
import { build } from 'vite'
import type * as Markdown from '../../src/timeline/render-markdown.ts'

declare global {
  var markdown: typeof Markdown
}

let script = ''

test.beforeAll(async () => {
  const entry = fileURLToPath(new URL('../../src/timeline/render-markdown.ts', import.meta.url))
  const output = await build({ configFile: false, logLevel: 'error', build: { write: false, lib: { entry, formats: ['iife'], name: 'markdown' } } })
  const [first] = Array.isArray(output) ? output : [output]
  if (!first || !('output' in first)) throw new Error('nothing was built')
  script = first.output[0].code
})

const TEXT = `# Title

[web](https://a.example) [file](src/a.ts:3) <mail@a.example> ![far](https://far.example/x.png) ![near](data:image/png;base64,iVBORw0KGgo=)

3. three
4. [x] done

| a | b |
|:-:|---|
| 1 | \`x\` |

- nested
  \`\`\`ts
  x < y
  \`\`\`

> <kbd>Ctrl</kbd> **bold** ~~gone~~ H<sub>2</sub>O
`

/** Raw HTML that no Markdown of ours would let through: given to the sanitiser directly. */
const ATTACKS = [
  '<img src=x onerror="window.hacked=1">', '<svg onload="window.hacked=1"></svg>', '<svg><script>window.hacked=1</script></svg>', '<script>window.hacked=1</script>',
  '<iframe srcdoc="<script>parent.hacked=1</script>"></iframe>', '<a href="javascript:window.hacked=1" onclick="window.hacked=1">x</a>', '<form action="https://far.example"><input name=x autofocus onfocus="window.hacked=1"><button>b</button></form>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.hacked=1&gt;">', '<noscript><p title="</noscript><img src=x onerror=window.hacked=1>">', '<template><img src=x onerror=window.hacked=1></template>',
  '<details open ontoggle="window.hacked=1"><summary>x</summary></details>', '<video src=x onerror="window.hacked=1" autoplay></video>', '<style>@import "https://far.example/x.css"; p { background: url(https://far.example/y) }</style><p>x</p>',
  '<p style="background: url(https://far.example/z)" id="app" class="x" name="y">text</p>', '<img src="https://far.example/pixel.png">', '<img src="//far.example/pixel.png">', '<img src="data:image/svg+xml;base64,PHN2Zz4=">', '<img srcset="https://far.example/a.png 1x">',
  '<a href="data:text/html,x">x</a>', '<a href="/relative">x</a>', '<a data-path="javascript:x" data-other="y" aria-label="z">x</a>', '<link rel=stylesheet href="https://far.example/x.css">', '<base href="https://far.example/">', '<object data="https://far.example/x"></object>', '<embed src="https://far.example/x">',
  '<table><td><a href="javascript&colon;window.hacked=1">x</a></td></table>', '<select><option><style></option></select><img src=x onerror=window.hacked=1></style>',
]

test('what our renderer makes survives, and is what it should be', async ({ page }) => {
  await page.setContent('<main></main>')
  await page.addScriptTag({ content: script })
  const pieces = await page.evaluate((text) => {
    const sanitise = markdown.createSanitiser(window)
    const raw = markdown.renderMarkdown(text, { sanitise: (html) => html, now: () => 0 })
    const clean = markdown.renderMarkdown(text, { sanitise, now: () => 0 })
    return raw.map((block, at) => [block.kind === 'html' ? block.html : '', clean[at]!.kind === 'html' ? (clean[at] as { html: string }).html : ''])
  }, TEXT)
  expect(pieces.length).toBe(6)
  for (const [raw, clean] of pieces) expect(clean).toBe(raw)
})

test('attacks: nothing runs, nothing is fetched, nothing stays that is not on the list', async ({ page }) => {
  const requests: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  await page.setContent('<main></main>')
  await page.addScriptTag({ content: script })
  const left = await page.evaluate((attacks) => {
    const sanitise = markdown.createSanitiser(window)
    const main = document.querySelector('main')!
    for (const attack of attacks) main.insertAdjacentHTML('beforeend', sanitise(attack))
    for (const attack of attacks) {
      for (const block of markdown.renderMarkdown(`${attack}\n\n- ${attack}\n\n| ${attack} |\n|---|\n| ${attack} |`, { sanitise, now: () => 0 })) {
        if (block.kind === 'html') main.insertAdjacentHTML('beforeend', block.html)
      }
    }
    for (const link of main.querySelectorAll<HTMLElement>('a')) if (!link.getAttribute('href')) link.click()
    const elements = [...main.querySelectorAll('*')]
    return { tags: [...new Set(elements.map((each) => each.localName))].sort(), attributes: [...new Set(elements.flatMap((each) => each.getAttributeNames()))].sort(), links: elements.map((each) => each.getAttribute('href')).filter((each) => each !== null) }
  }, ATTACKS)
  await page.waitForLoadState('networkidle')
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
  expect(requests.filter((url) => !url.startsWith('data:') && url !== 'about:blank')).toEqual([])
  const tags = ['a', 'code', 'del', 'div', 'em', 'img', 'kbd', 'li', 'p', 'pre', 'span', 'strong', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul', 'blockquote']
  expect(left.tags.filter((tag) => !tags.includes(tag))).toEqual([])
  for (const attribute of left.attributes) expect(attribute).toMatch(/^(?:alt|title|role|tabindex|scope|align|href|rel|target|data-(?:path|line|table|language|checked|level))$/)
  for (const href of left.links) expect(href).toMatch(/^(?:https?:\/\/|mailto:)/)
})

test('streaming a long answer: finished blocks stay the same objects, only the changed ones are sanitised', async ({ page }) => {
  await page.setContent('<main></main>')
  await page.addScriptTag({ content: script })
  const kept = await page.evaluate(() => {
    const sanitise = markdown.createSanitiser(window)
    const text = 'A paragraph with **bold** and `code`.\n\n- one\n- two\n\n```ts\nconst a = 1\n```\n\n'.repeat(100)
    const stream = markdown.createMarkdownStream({ sanitise, now: () => performance.now() })
    let calls = 0
    const counting = markdown.createMarkdownStream({ sanitise: (html) => (calls++, sanitise(html)), now: () => 0 })
    let before: readonly Markdown.MarkdownBlock[] = []
    let moved = 0
    for (let end = 7; end < text.length; end += 7) {
      const blocks = stream.update(text.slice(0, end), { complete: false })
      moved += before.slice(0, -4).filter((block, at) => block !== blocks[at]).length
      before = blocks
      counting.update(text.slice(0, end), { complete: false })
    }
    return { moved, callsPerPiece: calls / (text.length / 7), blocks: before.length }
  })
  expect(kept.blocks).toBeGreaterThan(290)
  expect(kept.moved).toBe(0)
  expect(kept.callsPerPiece).toBeLessThan(2)
})
