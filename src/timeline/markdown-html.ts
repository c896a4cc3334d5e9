// Turns Markdown tokens into the little HTML that answers may contain. First of two walls; `sanitise` stands behind it.
import { Marked, Parser, type RendererObject, type Token, type Tokens, type TokenizerObject } from 'marked'

/** Raw tags that Claude may write; attributes are dropped. A `null` tag vanishes and leaves its content. */
const RAW_TAGS: Readonly<Record<string, string | null>> = {
  b: 'strong', strong: 'strong', i: 'em', em: 'em', s: 'del', del: 'del', u: 'u', ins: 'u', mark: 'mark', small: 'small',
  sub: 'sub', sup: 'sup', kbd: 'kbd', code: 'code', br: 'br', summary: 'strong', details: null, span: null, p: null, div: null,
}
const RAW_TAG = /^<(\/?)([a-zA-Z][a-zA-Z0-9]*)(?:\s[^<>]*)?\/?>/
/** The only pictures that load by themselves. */
export const DATA_IMAGE = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$/
const LINK_SCHEMES = new Set(['http:', 'https:', 'mailto:'])

/** What may stand in the output: also the list for the second wall. */
export const ALLOWED_TAGS = [
  'p', 'h3', 'h4', 'h5', 'h6', 'hr', 'blockquote', 'ul', 'ol', 'li', 'pre', 'code', 'strong', 'em', 'del', 'u', 'mark', 'small',
  'sub', 'sup', 'kbd', 'br', 'a', 'img', 'span', 'div', 'table', 'thead', 'tbody', 'tr', 'th', 'td',
]
export const ALLOWED_ATTRIBUTES = [
  'href', 'rel', 'target', 'title', 'role', 'tabindex', 'start', 'align', 'src', 'alt', 'scope',
  'data-level', 'data-path', 'data-line', 'data-language', 'data-table', 'data-checked',
]

const CHARACTERS: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeAll = (text: string) => text.replace(/[&<>"']/g, (char) => CHARACTERS[char]!)
/** Text of Markdown, in which `&copy;` is a character and not five. */
const escapeText = (text: string) => text.replace(/[<>"']|&(?!(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|\w{1,31});)/g, (char) => CHARACTERS[char]!)

/** Where a link leads: out into the web, or to a file of the workspace (with a line), or nowhere that is allowed. */
export function linkTarget(href: string): { kind: 'web'; url: string } | { kind: 'path'; path: string; line: number | null } | null {
  const trimmed = href.trim()
  if (/^[\\/]{2}/.test(trimmed) || /[\\\u0000-\u001f]/.test(trimmed)) return null
  const fileAndLine = /^[^:/]*\.[^:/]*:\d+(?::\d+)?$/.test(trimmed)
  if (/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(trimmed) && !fileAndLine) {
    const url = URL.canParse(trimmed) ? new URL(trimmed) : null
    return url && LINK_SCHEMES.has(url.protocol) ? { kind: 'web', url: url.href } : null
  }
  const [, path = '', hash = ''] = /^([^?#]*)(?:\?[^#]*)?(?:#(.*))?$/.exec(trimmed) ?? []
  const [, file = '', colon] = /^(.*?)(?::(\d+)(?:[:-]\d+)*)?$/.exec(decode(path)) ?? []
  if (file === '' || file.includes('\0')) return null
  const line = colon ?? /^L(\d+)/.exec(hash)?.[1]
  return { kind: 'path', path: file, line: line === undefined ? null : Number(line) }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function anchor(href: string, content: string): string | null {
  const target = linkTarget(href)
  if (!target) return null
  if (target.kind === 'path') {
    const line = target.line === null ? '' : ` data-line="${target.line}"`
    return `<a role="link" tabindex="0" data-path="${escapeAll(target.path)}"${line}>${content}</a>`
  }
  const url = escapeAll(target.url)
  return `<a href="${url}" target="_blank" rel="noopener noreferrer nofollow" title="${url}">${content}</a>`
}

const cell = (tag: 'th' | 'td', align: Tokens.TableCell['align'], content: string) =>
  `<${tag}${tag === 'th' ? ' scope="col"' : ''}${align ? ` align="${align}"` : ''}>${content}</${tag}>`

/** Inside a link a picture is its words: links do not nest. */
const asWords = (token: Token): Token => (token.type === 'image' && !DATA_IMAGE.test((token as Tokens.Image).href) ? { type: 'text', raw: token.raw, text: (token as Tokens.Image).text || (token as Tokens.Image).href } : token)

/** What is said of a picture from elsewhere: what it shows, and whose server the link leads to. */
export type PictureWords = (label: string, host: string) => string

const createRenderer = (pictureWords: PictureWords): RendererObject => ({
  html: ({ text }) => rawTag(text),
  code: ({ text, lang }) => `<pre data-language="${escapeAll(/^[^\s{,]*/.exec(lang ?? '')![0])}"><code>${escapeAll(text)}</code></pre>`,
  codespan: ({ text }) => `<code>${escapeAll(text)}</code>`,
  // The page's own headings are h1 and h2, so those of an answer begin at h3.
  heading({ tokens, depth }) {
    const level = Math.min(depth + 2, 6)
    return `<h${level} data-level="${depth}">${this.parser.parseInline(tokens)}</h${level}>`
  },
  hr: () => '<hr>',
  br: () => '<br>',
  checkbox: ({ checked }) => `<span data-checked="${checked}">${checked ? '☑' : '☐'}</span> `,
  table({ header, rows }) {
    const head = header.map((each) => cell('th', each.align, this.parser.parseInline(each.tokens))).join('')
    const cells = (row: Tokens.TableCell[]) => row.map((each) => cell('td', each.align, this.parser.parseInline(each.tokens))).join('')
    const body = rows.map((row) => `<tr>${cells(row)}</tr>`).join('')
    return `<div data-table="" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
  },
  link({ href, tokens }) {
    const content = this.parser.parseInline(tokens.map(asWords))
    return anchor(href, content) ?? content
  },
  // A picture from elsewhere would tell its server that somebody reads this, and the page's policy loads none: it is a link.
  image({ href, text }) {
    if (DATA_IMAGE.test(href)) return `<img src="${href}" alt="${escapeAll(text)}">`
    const target = linkTarget(href)
    const label = text || href
    return anchor(href, escapeAll(target?.kind === 'web' ? pictureWords(label, new URL(target.url).host) : label)) ?? escapeAll(label)
  },
  text(token) {
    return 'tokens' in token && token.tokens ? this.parser.parseInline(token.tokens) : escapeText(token.text)
  },
})

function rawTag(text: string): string {
  const match = RAW_TAG.exec(text)
  const name = match?.[2]?.toLowerCase() ?? ''
  if (!match || match[0] !== text || !Object.hasOwn(RAW_TAGS, name)) return escapeAll(text)
  const tag = RAW_TAGS[name]
  if (!tag) return ''
  if (tag === 'br') return '<br>'
  return `<${match[1]}${tag}>`
}

const tokenizer: TokenizerObject = {
  // HTML blocks are read as paragraphs: their tags then meet the same short list as tags inside a line.
  html: () => undefined,
  tag(source) {
    const match = RAW_TAG.exec(source)
    if (!match || !Object.hasOwn(RAW_TAGS, match[2]!.toLowerCase())) return undefined
    return { type: 'html', raw: match[0], inLink: false, inRawBlock: false, block: false, text: match[0] }
  },
}

export type Links = Record<string, { href: string | null; title?: string | null | undefined }>

/** Reads one segment into top-level tokens and renders single tokens. Throws what marked throws on absurd input. */
export function createMarkdownHtml(pictureWords: PictureWords = (label, host) => `${label} (${host})`) {
  const marked = new Marked({ gfm: true, async: false, renderer: createRenderer(pictureWords), tokenizer })
  const options = marked.defaults
  return {
    /** `links`: the link definitions of the whole text, which a segment may refer to. */
    read(source: string, links: Links): Token[] {
      const lexer = new marked.Lexer(options)
      lexer.tokens.links = Object.assign(Object.create(null), links)
      return lexer.lex(source).filter((token) => token.type !== 'space' && token.type !== 'def')
    },
    /** The link definitions that a segment contains. */
    definitions(source: string): Links {
      const lexer = new marked.Lexer(options)
      lexer.blockTokens(source, lexer.tokens)
      return { ...lexer.tokens.links }
    },
    html: (token: Token): string => Parser.parse([token], options).trim(),
  }
}
