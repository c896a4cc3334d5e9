// What each language calls itself.
import type { Language } from './language.ts'

export const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', ko: '한국어' }
