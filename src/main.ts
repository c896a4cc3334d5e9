// Composes the page and mounts it. The only place of the browser's half that touches the world by itself.
import { createPinia } from 'pinia'
import { createApp, watch } from 'vue'
import App from './App.vue'
import { createWords } from './i18n/i18n.ts'
import { createAppRouter } from './router.ts'
import { createServices } from './services.ts'
import { useAccountStore } from './stores/use-account-store.ts'
import { useSessionsStore } from './stores/use-sessions-store.ts'
import { SERVICES } from './stores/use-services.ts'
import './styles/main.css'
import { createPreferences, languageOf, preferencesKey } from './views/shell/preferences.ts'

/** Reading `localStorage` itself may throw where storage is forbidden. */
function storage(): Storage | undefined {
  try {
    return localStorage
  } catch {
    return undefined
  }
}

/** In mock mode recordings answer in the relay's place. In every other build nothing of that is left. */
const startMocks = import.meta.env.MODE === 'mock' ? async () => (await import('./mocks/start-mocks.ts')).startMocks() : undefined

const root = document.documentElement
/** Safari has no idle callback. */
const whenIdle = (work: () => void) => ('requestIdleCallback' in window ? requestIdleCallback(work, { timeout: 2_000 }) : setTimeout(work, 50))
/** An address that somebody sent is read without an account. */
const link = /^\/l\/([^/]+)/.exec(location.pathname)?.[1]
await (link ? (await import('./link.ts')).showLink(window, link, (work) => void whenIdle(work)) : showApp())

async function showApp(): Promise<void> {
  const [words, services] = await Promise.all([createWords(languageOf(root)), createServices(window, { startMocks })])
  const app = createApp(App)
  app.use(createPinia())
  app.provide(SERVICES, services)
  app.use(words)
  app.provide(preferencesKey, createPreferences({ root, storage: storage(), speak: words.use }))
  const account = app.runWithContext(() => useAccountStore())
  // The link in the address, or the cookie, decides who is here before a screen is chosen: no flash of the sign-in page.
  // The router reads the address when it is made: made earlier, it would put the code of the link back there.
  await account.start()
  app.use(createAppRouter(account, words.rest))
  app.mount('#app')

  // The rules for Hangul outweigh all other styles: who reads it gets them right behind the first paint, others with the rest.
  if (words.language() === 'ko') void import('./styles/hangul.css')
  // What is on the screen first has the network to itself: the list is here, and the session that comes with it soon is.
  const sessions = app.runWithContext(() => useSessionsStore())
  const stopWaiting = watch(() => sessions.loaded || account.state === 'signed-out', (settled) => void (settled && setTimeout(begin, 500)), { immediate: true })
  function begin() {
    stopWaiting()
    // Files that an earlier page has not sent go on, and the prompts that wait for them, on whatever screen.
    void whenIdle(() => void import('./stores/use-uploads-store.ts').then(({ useUploadsStore }) => app.runWithContext(() => useUploadsStore().boot())).catch(() => undefined))
    // The list itself is one of them: it names every file there is.
    void whenIdle(() => void import('./later.ts').then(({ fetchLater }) => fetchLater((work) => void whenIdle(work))).catch(() => undefined))
    void whenIdle(() => void words.rest().catch(() => undefined))
  }
}
