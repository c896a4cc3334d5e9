// What a file is to a reader: by its name where that says it, else by its content type. Pure.

/** What is alike stands together. */
export const KINDS_IN_ORDER = ['picture', 'drawing', 'pdf', 'markdown', 'text', 'table', 'json', 'code', 'audio', 'video', 'archive', 'other'] as const
export type FileKind = (typeof KINDS_IN_ORDER)[number]

const NAMES: Readonly<Partial<Record<FileKind, string>>> = {
  drawing: 'svg',
  markdown: 'md markdown mdx',
  json: 'json geojson webmanifest ipynb har jsonl ndjson',
  pdf: 'pdf',
  table: 'csv tsv',
  text: 'txt log srt vtt rst adoc env gitignore editorconfig',
  code: 'ts tsx mts cts js jsx mjs cjs vue svelte astro css scss less html htm xml yaml yml toml ini conf cfg properties sh bash zsh fish ps1 bat py rb rs go java kt kts swift c h cc cpp cxx hpp cs php pl lua r scala clj ex exs erl hs ml sql graphql gql proto diff patch dockerfile makefile gradle tf hcl nix dart zig asm',
  archive: 'zip tar gz tgz bz2 xz zst 7z rar jar',
}
const KINDS = new Map(Object.entries(NAMES).flatMap(([kind, endings]) => endings.split(' ').map((ending) => [ending, kind as FileKind])))

/** What every browser draws. */
const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp'])
const TEXTS = /^(?:text\/|application\/(?:x-)?(?:javascript|typescript|sh|yaml|toml|xml|sql)$)|\+xml$/

/** The ending of a name in small letters, or all of a name such as `Dockerfile`. */
const endingOf = (name: string): string => name.toLowerCase().split('.').at(-1)!

export function kindOf({ filename, content_type: type }: { filename: string; content_type: string }): FileKind {
  // A picture is known by its bytes. Of everything else a name knows more: browsers take .ts for a film.
  if (PICTURES.has(type)) return 'picture'
  const named = KINDS.get(endingOf(filename))
  if (named !== undefined) return named
  if (type === 'image/svg+xml') return 'drawing'
  if (type === 'application/pdf') return 'pdf'
  if (type === 'application/json' || type.endsWith('+json')) return 'json'
  if (type.startsWith('audio/')) return 'audio'
  if (type.startsWith('video/')) return 'video'
  return TEXTS.test(type) ? 'text' : 'other'
}

const READ: ReadonlySet<FileKind> = new Set(['markdown', 'json', 'code', 'text', 'table'])

/** Shown as text. */
export const isText = (kind: FileKind): boolean => READ.has(kind)
