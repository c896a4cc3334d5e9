// What HTML may come out of Markdown, before the sanitiser has even seen it.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { ALLOWED_ATTRIBUTES, ALLOWED_TAGS } from '../../../src/timeline/markdown-html.ts'
import { linkTarget, renderMarkdown } from '../../../src/timeline/render-markdown.ts'

const render = (text: string) =>
  renderMarkdown(text, { sanitise: (html) => html, now: () => 0 })
    .map((block) => (block.kind === 'html' ? block.html : ''))
    .join('\n')

/** Reads tags as a browser would begin to: every `<` of the output must open one that we know. */
function tagsOf(html: string) {
  const tags: { name: string; attributes: Map<string, string> }[] = []
  for (let at = html.indexOf('<'); at !== -1; at = html.indexOf('<', at + 1)) {
    const match = /^<\/?([a-z][a-z0-9]*)((?: [a-z-]+="[^"<>]*")*)>/.exec(html.slice(at))
    if (!match) throw new Error(`not one of our tags: ${html.slice(at, at + 80)}`)
    const attributes = new Map([...match[2]!.matchAll(/ ([a-z-]+)="([^"]*)"/g)].map((each) => [each[1]!, each[2]!] as const))
    tags.push({ name: match[1]!, attributes })
  }
  return tags
}

function expectHarmless(html: string) {
  for (const { name, attributes } of tagsOf(html)) {
    expect(ALLOWED_TAGS).toContain(name)
    for (const [attribute, value] of attributes) {
      expect(ALLOWED_ATTRIBUTES).toContain(attribute)
      if (attribute === 'href') expect(value).toMatch(/^(?:https?:\/\/|mailto:)/)
      if (attribute === 'src') expect(value).toMatch(/^data:image\/(?:png|jpeg|gif|webp);base64,/)
    }
  }
}

const attacks = [
  '<script>alert(1)</script>', '<SCRIPT SRC=//evil/x.js></SCRIPT>', '<img src=x onerror=alert(1)>', '<svg onload=alert(1)>', '<svg><script>alert(1)</script></svg>', '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
  '<iframe src="javascript:alert(1)"></iframe>', '<a href="javascript:alert(1)">x</a>', '<form action=//evil><input name=q><button>go</button></form>', '<style>*{display:none}</style>', '<link rel=stylesheet href=//evil>', '<meta http-equiv=refresh content=0>',
  '<base href=//evil>', '<object data=x>', '<embed src=x>', '<video src=x autoplay>', '<audio src=//evil>', '<p style="position:fixed">x</p>', '<div id="app" class="x">x</div>', '<details open ontoggle=alert(1)>', '<b onmouseover=alert(1)>b</b>', '<kbd onclick="x">k</kbd>',
  '[x](javascript:alert(1))', '[x](JaVaScRiPt:alert(1))', '[x](java\tscript:alert(1))', '[x](java&#10;script:alert(1))', '[x](&#106;avascript:alert(1))', '[x](\u0001javascript:alert(1))', '[x](data:text/html,<script>alert(1)</script>)', '[x](vbscript:x)', '[x](//evil/x)', '[x](\\\\evil\\x)', '[x](file:///etc/passwd)', '[x](blob:x)',
  '![x](https://evil/pixel.png)', '![x](data:image/svg+xml;base64,PHN2Zz4=)', '![x"onerror="alert(1)](https://a.b/c.png)', '![x](javascript:alert(1))', '[a"b](https://a.b/"onclick="x)', '[a](https://a.b "t\\"onclick=x")', '<https://a.b/"onclick=x>', '<javascript:alert(1)>', '[x]: javascript:alert(1)\n\n[x]',
  '```"><img src=x>\ncode\n```', '- a\n  ```x"onclick="y\n  code\n  ```', '`<img src=x onerror=alert(1)>`', '<code><img src=x onerror=alert(1)></code>', '<pre><script>alert(1)</script></pre>', '<kbd><a href="javascript:x"></kbd>', '<!--><img src=x onerror=alert(1)>-->', '<![CDATA[<img src=x>]]>', '<?php x ?>', '<x-foo bar>', '</p></div></article>', '<b', '<b <i>', '<a\nhref=x>', '&lt;script&gt;', '&#60;script&#62;', '| <img src=x onerror=1> | "x" |\n|---|---|\n| <script> | b |',
]

describe('HTML from Markdown', () => {
  for (const attack of attacks) {
    test(JSON.stringify(attack), () => {
      expectHarmless(render(attack))
      expectHarmless(render(`- item\n\n  > ${attack.replaceAll('\n', '\n  > ')}\n`))
    })
  }

  test('mixtures of attacks', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...attacks), fc.constantFrom('\n', '\n\n', '> ', '- ', '**', '`', '<', '>', '"', "'", '](', '![', '&')), { maxLength: 10 }), (pieces) => {
        expectHarmless(render(pieces.join('')))
      }),
      { numRuns: 3000 },
    )
  })

  test('tags that are not allowed stay readable', () => {
    expect(render('use <template> or <b>bold</b>')).toBe('<p>use &lt;template&gt; or <strong>bold</strong></p>')
    expect(render('a <!-- hidden --> b')).toContain('&lt;!-- hidden --&gt;')
  })

  test('terminal sequences vanish, bidi controls are shown by name', () => {
    expect(render('\u001b[31mred\u001b[0m \u001b]8;;https://evil\u0007link\u001b]8;;\u0007 \u202eabc\u2066x')).toBe('<p>red link ⟨U+202E⟩abc⟨U+2066⟩x</p>')
  })

  test('links: the web in a new tab, files of the workspace as data', () => {
    expect(render('[a](https://a.b/c)')).toBe('<p><a href="https://a.b/c" target="_blank" rel="noopener noreferrer nofollow" title="https://a.b/c">a</a></p>')
    expect(render('[f](src/a%20b.ts#L7)')).toBe('<p><a role="link" tabindex="0" data-path="src/a b.ts" data-line="7">f</a></p>')
  })

  test('a picture from elsewhere is a link that says whose server it leads to; inside another link it is its words', () => {
    const web = (href: string, content: string) => `<p><a href="${href}" target="_blank" rel="noopener noreferrer nofollow" title="${href}">${content}</a></p>`
    expect(render('![tide <chart>](https://a.b:81/c.png)')).toBe(web('https://a.b:81/c.png', 'tide &lt;chart&gt; (a.b:81)'))
    expect(render('![](https://a.b/c.png)')).toBe(web('https://a.b/c.png', 'https://a.b/c.png (a.b)'))
    expect(render('[![passing](https://a.b/badge.png)](https://a.b/runs)')).toBe(web('https://a.b/runs', 'passing'))
    expect(render('![near](docs/chart.png)')).toBe('<p><a role="link" tabindex="0" data-path="docs/chart.png">near</a></p>')
    expect(render('![odd](javascript:1)')).toBe('<p>odd</p>')
  })

  test('where links lead', () => {
    expect(linkTarget('src/x.ts:12:4')).toEqual({ kind: 'path', path: 'src/x.ts', line: 12 })
    expect(linkTarget('x.ts:12')).toEqual({ kind: 'path', path: 'x.ts', line: 12 })
    expect(linkTarget('/home/me/x.ts')).toEqual({ kind: 'path', path: '/home/me/x.ts', line: null })
    expect(linkTarget('mailto:a@b.c')).toEqual({ kind: 'web', url: 'mailto:a@b.c' })
    for (const href of ['javascript:1', ' javascript:1', '//a', '\\\\a', 'https://', 'data:x', '#top', '', 'C:\\x', 'x\u0000y']) expect(linkTarget(href)).toBe(null)
  })
})
