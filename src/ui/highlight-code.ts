// Colours for code, fetched when the first box of code is complete: highlight.js with the languages people paste most.
import hljs from 'highlight.js/lib/core'
import bash from 'highlight.js/lib/languages/bash'
import c from 'highlight.js/lib/languages/c'
import cpp from 'highlight.js/lib/languages/cpp'
import csharp from 'highlight.js/lib/languages/csharp'
import css from 'highlight.js/lib/languages/css'
import diff from 'highlight.js/lib/languages/diff'
import dockerfile from 'highlight.js/lib/languages/dockerfile'
import go from 'highlight.js/lib/languages/go'
import graphql from 'highlight.js/lib/languages/graphql'
import ini from 'highlight.js/lib/languages/ini'
import java from 'highlight.js/lib/languages/java'
import javascript from 'highlight.js/lib/languages/javascript'
import json from 'highlight.js/lib/languages/json'
import kotlin from 'highlight.js/lib/languages/kotlin'
import markdown from 'highlight.js/lib/languages/markdown'
import php from 'highlight.js/lib/languages/php'
import python from 'highlight.js/lib/languages/python'
import ruby from 'highlight.js/lib/languages/ruby'
import rust from 'highlight.js/lib/languages/rust'
import shell from 'highlight.js/lib/languages/shell'
import sql from 'highlight.js/lib/languages/sql'
import swift from 'highlight.js/lib/languages/swift'
import typescript from 'highlight.js/lib/languages/typescript'
import xml from 'highlight.js/lib/languages/xml'
import yaml from 'highlight.js/lib/languages/yaml'

const LANGUAGES = { bash, c, cpp, csharp, css, diff, dockerfile, go, graphql, ini, java, javascript, json, kotlin, markdown, php, python, ruby, rust, shell, sql, swift, typescript, xml, yaml }
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language)
hljs.registerAliases(['vue', 'svelte', 'astro'], { languageName: 'xml' })
hljs.registerAliases(['jsonc', 'json5'], { languageName: 'json' })

/** Above this, colouring would take longer than a frame. */
const MOST_CHARS = 60_000

/** A stretch of one kind of word; `kind` is highlight.js's scope, '' for plain text. */
export type CodeSpan = { text: string; kind: string }

/** Lines of coloured spans, or null when the language is unknown or the text too long. No HTML is made. */
export function highlightLines(code: string, language: string): readonly (readonly CodeSpan[])[] | null {
  if (code.length > MOST_CHARS || !hljs.getLanguage(language)) return null
  const lines: CodeSpan[][] = [[]]
  const add = (text: string, kind: string) => {
    for (const [index, part] of text.split('\n').entries()) {
      if (index > 0) lines.push([])
      if (part !== '') lines.at(-1)!.push({ text: part, kind })
    }
  }
  type Node = { scope?: string; children: (Node | string)[] }
  const walk = (node: Node | string, kind: string): void => {
    if (typeof node === 'string') return add(node, kind)
    for (const child of node.children) walk(child, node.scope ?? kind)
  }
  // The tree is highlight.js's own emitter; its HTML, which would need v-html, is never asked for.
  const { _emitter } = hljs.highlight(code, { language, ignoreIllegals: true }) as unknown as { _emitter: { rootNode: Node } }
  walk(_emitter.rootNode, '')
  return lines
}

/** The language a file's name promises, '' when none. */
export function languageOfPath(path: string): string {
  const name = path.split('/').at(-1)?.toLowerCase() ?? ''
  if (name === 'dockerfile') return 'dockerfile'
  const ending = name.split('.').at(-1) ?? ''
  return hljs.getLanguage(ending) ? ending : ''
}
