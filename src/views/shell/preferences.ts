// Theme and language as this device was told, kept where public/before-paint.js reads them before the first paint.
import type { Language } from '../../i18n/i18n.ts'

export type Theme = 'system' | 'light' | 'dark'

const themeKey = 'ensemble.theme'
const languageKey = 'ensemble.language'

export type Preferences = ReturnType<typeof createPreferences>

/** `storage` may be missing or throw (private windows): then choices last as long as the page. */
export function createPreferences(root: HTMLElement, storage: Storage | undefined) {
  function keep(key: string, value: string | null) {
    try {
      if (value === null) storage?.removeItem(key)
      else storage?.setItem(key, value)
    } catch {
      // Full or forbidden: the choice still holds for this page.
    }
  }
  return {
    /** What stands on <html>, put there before the first paint. */
    theme: (): Theme => {
      const theme = root.dataset['theme']
      return theme === 'light' || theme === 'dark' ? theme : 'system'
    },
    language: (): Language => (root.lang.startsWith('ko') ? 'ko' : 'en'),
    setTheme(theme: Theme) {
      if (theme === 'system') delete root.dataset['theme']
      else root.dataset['theme'] = theme
      keep(themeKey, theme === 'system' ? null : theme)
    },
    setLanguage(language: Language) {
      root.lang = language
      keep(languageKey, language)
    },
  }
}
