// Composes the page of a share link: the conversation of one session and nothing of an account. Taken by main.ts in the place of the app.
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { createLinkToken, type LinkToken } from './connection/link-token.ts'
import { createWords } from './i18n/i18n.ts'
import { createServices, type Browser } from './services.ts'
import { SERVICES } from './stores/use-services.ts'
import LinkPage from './views/link/LinkPage.vue'
import { languageOf } from './views/shell/preferences.ts'
import type { LinkAccess } from './views/link/link-access.ts'

export async function showLink(browser: Browser & Window, link: string, whenIdle: (work: () => void) => void): Promise<void> {
  const words = await createWords(languageOf(browser.document.documentElement))
  let token: LinkToken | null = null
  // The secret stays in the address: whoever opens the page anew or keeps it comes back.
  const address = { link, secret: browser.location.hash.slice(1) }
  const [services] = await Promise.all([createServices(browser, { outboxName: 'ensemble-link', makeToken: (parts) => (token = createLinkToken({ ...parts, address })) }), words.rest()])
  const access: LinkAccess = {
    async enter() {
      const fresh = await token!.fresh()
      const entered = token!.entered()
      if (typeof fresh === 'string' || entered === null) return fresh === 'unreachable' ? 'away' : 'over'
      services.connection.start()
      return { sessionId: entered.session_id, until: entered.link_expires_at }
    },
    onOver: (listener) => token!.onChange((state) => void (state === 'signed-out' && listener())),
  }
  const app = createApp(LinkPage, { access })
  app.use(createPinia())
  app.provide(SERVICES, services)
  app.use(words)
  app.mount('#app')
  // What is shown here is in the language of those who wrote it, whatever the reader's is. Without the rules nothing of the font is fetched, with them what is needed of it.
  const showHangul = () => void import('./styles/hangul.css')
  if (words.language() === 'ko') showHangul()
  else whenIdle(showHangul)
}
