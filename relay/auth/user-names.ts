// What a user may be called, when two names are the same, and whose word a user stands on.
import type { OwnSignIns } from '#protocol'

const pattern = /^(?!.*\p{DI})[\p{L}\p{N}][\p{L}\p{M}\p{N} .@_+'-]{0,63}$/u
export const nameRule = "a name has 1 to 64 letters, digits, spaces and . @ _ + ' -, and begins with a letter or digit"

/** Two users never differ by case or by how a character is composed. */
export const nameKey = (name: string): string => name.normalize('NFKC').trim().toLowerCase()

/** The name as it is shown, or null when nobody may be called so. */
export function shownName(name: string): string | null {
  const shown = name.normalize('NFC').trim()
  return pattern.test(shown) ? shown : null
}

/** Whether an identity provider speaks for this user: foreign-tokens.ts gives such ids. */
export const isForeign = (userId: string): boolean => userId.startsWith('x-')
/** Who looks after the account. */
export const sourceOf = (userId: string): OwnSignIns['source'] => (isForeign(userId) ? 'identity_provider' : 'relay')
