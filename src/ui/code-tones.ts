// Scopes of highlight.js → our six colours; what is not named stays ink.
type CodeTone = 'key' | 'str' | 'num' | 'fn' | 'type' | 'com'

const TONES: Readonly<Record<string, CodeTone>> = {
  keyword: 'key', literal: 'key', selector: 'key', 'selector-tag': 'key', doctag: 'key', name: 'key', tag: 'key',
  comment: 'com', quote: 'com', meta: 'com',
  string: 'str', regexp: 'str', char: 'str', symbol: 'str', addition: 'str',
  number: 'num', variable: 'num', 'template-variable': 'num', deletion: 'num',
  attr: 'fn', attribute: 'fn', title: 'fn', section: 'fn', property: 'fn',
  built_in: 'type', type: 'type',
}

export const toneOfScope = (scope: string): CodeTone | undefined => {
  const first = scope.split('.')[0]!
  return Object.hasOwn(TONES, first) ? TONES[first] : undefined
}
