// The pages of whoever runs the relay, in the order of their list: name in the address, icon, screen.
import { Activity, ChartColumn, HardDrive, KeyRound, MessagesSquare, ScrollText, Users, Webhook } from '@lucide/vue'
import { defineAsyncComponent, type Component } from 'vue'

export type AdminPage = { id: string; icon: Component; screen: Component }

const page = (id: string, icon: Component, load: () => Promise<{ default: Component }>): AdminPage => ({ id, icon, screen: defineAsyncComponent(load) })

/** `id` is also the name of its words: `admin.nav.<id>`. The first one is what `/admin` shows. */
export const ADMIN_PAGES: readonly AdminPage[] = [
  page('live', Activity, () => import('./LivePage.vue')),
  page('usage', ChartColumn, () => import('./UsagePage.vue')),
  page('people', Users, () => import('./PeoplePage.vue')),
  page('sessions', MessagesSquare, () => import('./SessionsPage.vue')),
  page('audit', ScrollText, () => import('./AuditPage.vue')),
  page('tokens', KeyRound, () => import('./TokensPage.vue')),
  page('webhooks', Webhook, () => import('./WebhooksPage.vue')),
  page('storage', HardDrive, () => import('./StoragePage.vue')),
]
