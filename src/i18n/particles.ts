// Korean particles after a variable: 「{name}[이/가]」 becomes 이 or 가 by the last sound of what stands before it.

/** Latin letters whose Korean name, and words whose usual reading, end in a consonant. */
const closedLetters = /[lmnr]$/i
const closedWordEnd = /(?:[lmn]|ng)$/i
/** 0 영, 1 일, 3 삼, 6 육, 7 칠, 8 팔; 10, 100, … end in 십, 백, … and are closed too, which 0 says already. */
const closedDigits = new Set(['0', '1', '3', '6', '7', '8'])
/** Those closed by ㄹ, after which 로 stands and not 으로. */
const rieulDigits = new Set(['1', '7', '8'])

type FinalSound = 'open' | 'closed' | 'rieul'

/** The sound a text ends in when read aloud in Korean. Closing quotes and brackets are not read. */
export function finalSound(text: string): FinalSound {
  const read = text.replace(/[\s'"’”」』)\]}>.,…*`]+$/u, '')
  const last = read.at(-1)
  if (last === undefined) return 'open'
  const code = last.charCodeAt(0)
  if (code >= 0xac00 && code <= 0xd7a3) {
    const final = (code - 0xac00) % 28
    if (final === 0) return 'open'
    return final === 8 ? 'rieul' : 'closed'
  }
  if (closedDigits.has(last)) return rieulDigits.has(last) ? 'rieul' : 'closed'
  const word = /[A-Za-z]+$/.exec(read)?.[0]
  if (word === undefined) return 'open'
  const spelled = word.length === 1 || word === word.toUpperCase()
  if (!(spelled ? closedLetters : closedWordEnd).test(word)) return 'open'
  return /[lr]$/i.test(word) ? 'rieul' : 'closed'
}

/** Picks the form for `before` out of a pair such as 이/가, 을/를, 은/는, 과/와, 으로/로. */
export function particle(before: string, pair: string): string {
  const [closed = '', open = ''] = pair.split('/')
  const sound = finalSound(before)
  if (sound === 'rieul') return closed === '으로' ? open : closed
  return sound === 'closed' ? closed : open
}

/** Replaces every 「[이/가]」 of a sentence. Text without the mark comes back as it is. */
export function resolveParticles(sentence: string): string {
  if (!sentence.includes('/')) return sentence
  return sentence.replace(/\[([가-힣]{1,2}\/[가-힣]{1,2})\]/gu, (_mark, pair: string, at: number) =>
    particle(sentence.slice(0, at), pair),
  )
}
