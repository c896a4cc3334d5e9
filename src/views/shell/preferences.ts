// Theme and language as this device was told, kept where public/before-paint.js reads them before the first paint.
import type { InjectionKey, Ref } from 'vue'
import { inject, readonly, ref } from 'vue'
import type { Language } from '../../i18n/language.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const themeKey = 'ensemble.theme'
const languageKey = 'ensemble.language'

type Preferences = {
  theme: Readonly<Ref<Theme>>
  language: Readonly<Ref<Language>>
  setTheme(theme: Theme): void
  /** Resolves when the page speaks the new language; if its words cannot be fetched, all stays as it was. */
  setLanguage(language: Language): Promise<void>
}

export const preferencesKey: InjectionKey<Preferences> = Symbol('preferences')

export function usePreferences(): Preferences {
  const preferences = inject(preferencesKey)
  if (preferences === undefined) throw new Error('usePreferences() outside of the app')
  return preferences
}

/** The language that stands on <html> since before the first paint. */
export function languageOf(root: HTMLElement): Language {
  return root.lang.startsWith('ko') ? 'ko' : 'en'
}

/** `storage` may be missing or throw (private windows): then a choice lasts as long as the page. */
export function createPreferences(dependencies: {
  root: HTMLElement
  storage: Storage | undefined
  speak(language: Language): Promise<void>
}): Preferences {
  const { root, storage, speak } = dependencies
  const stored = root.dataset['theme']
  const theme = ref<Theme>(stored === 'light' || stored === 'dark' ? stored : 'system')
  const language = ref<Language>(languageOf(root))
  const browserBar = [...root.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')].map((meta) => ({
    meta,
    own: meta.content,
    theme: meta.media.includes('dark') ? 'dark' : 'light',
  }))

  function keep(key: string, value: string | null) {
    try {
      if (value === null) storage?.removeItem(key)
      else storage?.setItem(key, value)
    } catch {
      // Full or forbidden: the choice still holds for this page.
    }
  }

  /** The bar of the browser has no light-dark() of its own: a forced theme is written into both of its colours. */
  function colourBrowserBar() {
    const forced = browserBar.find((bar) => bar.theme === theme.value)
    for (const bar of browserBar) bar.meta.content = forced?.own ?? bar.own
  }

  colourBrowserBar()

  return {
    theme: readonly(theme),
    language: readonly(language),
    setTheme(next) {
      theme.value = next
      if (next === 'system') delete root.dataset['theme']
      else root.dataset['theme'] = next
      keep(themeKey, next === 'system' ? null : next)
      colourBrowserBar()
    },
    async setLanguage(next) {
      await speak(next)
      language.value = next
      root.lang = next
      keep(languageKey, next)
    },
  }
}
