// Our words as the functions that the i18n library calls: `{name}`, `{'@'}` for a character as it is, `one | other` for counts.

/** A tree of words: `areas.group.key`. Counted words are written `one | other` and take `n`. */
export type Words = { [key: string]: string | Words }

/** What the library hands to a sentence. */
type Context = { named(name: string): unknown; interpolate(value: unknown): string; normalize(pieces: string[]): string; plural(forms: string[]): string }
/** Text, or what `normalize` makes of its pieces where elements stand in them. */
export type Sentence = (context: Context) => string
export type Sentences = { [key: string]: Sentence | Sentences }

/** Each sentence is taken apart when it is first said: most of a language is never seen on one page. */
export function compileWords(words: Words): Sentences {
  return Object.fromEntries(Object.entries(words).map(([key, value]) => [key, typeof value === 'string' ? sentenceOf(value) : compileWords(value)]))
}

function sentenceOf(text: string): Sentence {
  let forms: Sentence[] | null = null
  return (context) => {
    forms ??= text.split(/\s+\|\s+/).map(formOf)
    return forms.length === 1 ? forms[0]!(context) : context.plural(forms.map((form) => form(context)))
  }
}

function formOf(text: string): Sentence {
  // Every second piece stands in braces.
  const pieces = text.split(/\{\s*('[^']*'|\w+)\s*\}/)
  return (context) => context.normalize(pieces.map((piece, at) => (at % 2 === 0 ? piece : piece.startsWith("'") ? piece.slice(1, -1) : context.interpolate(context.named(piece)))))
}
