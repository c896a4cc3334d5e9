// The app's words: one composer for the whole page, one language loaded at a time.
import type { App } from 'vue'
import { computed } from 'vue'
import { createI18n } from 'vue-i18n'
import { compileWords, type Words } from './compile-words.ts'
import { createFormat } from './format.ts'
import type { Language } from './language.ts'
import { resolveParticles } from './particles.ts'
import { englishForm, koreanForm } from './plural-forms.ts'
import { formatKey } from './use-format.ts'
import { laterWordsKey } from './use-later-words.ts'

const files: Record<Language, () => Promise<{ default: Words }>> = {
  en: () => import('./en/index.ts'),
  ko: () => import('./ko/index.ts'),
}

/** Of the screens that are fetched when they are first asked for. */
const screens: Record<Language, () => Promise<{ default: Words }>> = {
  en: () => import('./en/screens.ts'),
  ko: () => import('./ko/screens.ts'),
}

const load = async (...parts: (() => Promise<{ default: Words }>)[]) =>
  Object.assign({}, ...(await Promise.all(parts.map(async (part) => compileWords((await part()).default))))) as never

export type AppWords = {
  install(app: App): void
  language(): Language
  /** The words of the screens that do not come with the page. */
  rest(): Promise<void>
  /** Fetches the words if they are not here yet, then switches the page over at once. */
  use(language: Language): Promise<void>
  t(key: string, values?: Record<string, unknown>, count?: number): string
}

/** Makes the words of one page. `first` is fetched before anything is shown. */
export async function createWords(first: Language): Promise<AppWords> {
  const i18n = createI18n<false>({
    legacy: false,
    locale: first,
    fallbackLocale: false,
    messages: { [first]: await load(files[first]) },
    pluralRules: { en: englishForm, ko: koreanForm },
    postTranslation: (translated) => (typeof translated === 'string' ? resolveParticles(translated) : translated),
    missingWarn: import.meta.env.DEV,
  })
  const composer = i18n.global
  let coming: Promise<void> | null = null
  const rest = () => {
    coming ??= load(screens[first]).then(
      (words: object) => composer.setLocaleMessage(first, { ...composer.getLocaleMessage(first), ...words }),
      // Without a link: whoever wants them asks again.
      (problem) => {
        coming = null
        throw problem
      },
    )
    return coming
  }
  return {
    install(app) {
      app.use(i18n)
      app.provide(laterWordsKey, rest)
      app.provide(
        formatKey,
        computed(() => createFormat(composer.locale.value as Language)),
      )
    },
    rest,
    language: () => composer.locale.value as Language,
    async use(language) {
      if (!composer.availableLocales.includes(language)) {
        composer.setLocaleMessage(language, await load(files[language], screens[language]))
      }
      composer.locale.value = language
    },
    t: (key, values = {}, count) => (count === undefined ? composer.t(key, values) : composer.t(key, values, count)),
  }
}
