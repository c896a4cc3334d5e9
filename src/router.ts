// Addresses and the screens behind them; and who may see which. The chat comes with the page, the others when first asked for.
import type { Component } from 'vue'
import type { RouteLocationNormalized, Router, RouteRecordRaw } from 'vue-router'
import { createRouter, createWebHistory } from 'vue-router'
import SessionView from './views/session/SessionView.vue'

type Screen = () => Promise<{ default: Component }>

const ofTimeline = ({ params, query }: RouteLocationNormalized) => ({ name: params['name'], viewer: 'viewer' in query, offline: 'offline' in query, fails: 'fails' in query, unread: query['unread'] ? Number(query['unread']) : undefined })

/** Shows every part of the interface in all its states; never part of what is shipped. */
const gallery = (screen: (view: Screen) => Screen): RouteRecordRaw[] =>
  import.meta.env.DEV || import.meta.env.MODE === 'mock'
    ? [
        { path: '/gallery', component: screen(() => import('./views/gallery/GalleryView.vue')), meta: { open: true } },
        { path: '/gallery/timeline/:name', component: screen(() => import('./views/gallery/GalleryTimeline.vue')), props: ofTimeline, meta: { open: true } },
        { path: '/gallery/shell', component: screen(() => import('./views/gallery/GalleryShell.vue')), meta: { open: true } },
        { path: '/gallery/recordings', component: screen(() => import('./views/gallery/GalleryRecordings.vue')), meta: { open: true } },
        { path: '/gallery/sign-in', component: screen(() => import('./views/gallery/GallerySignIn.vue')), meta: { open: true } },
      ]
    : []

/** `account`: who is here as far as it is known; a page that cannot reach its relay keeps its screens. `words`: of the screens that come later. */
export function createAppRouter(account: { readonly state: 'starting' | 'signed-in' | 'signed-out' | 'away' }, words: () => Promise<void>): Router {
  const screen = (view: Screen): Screen => async () => (await Promise.all([view(), words()]))[0]
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/sign-in', name: 'sign-in', component: screen(() => import('./views/sign-in/SignInView.vue')), meta: { open: true } },
      { path: '/', name: 'home', component: SessionView },
      { path: '/waiting', name: 'waiting', component: SessionView },
      { path: '/s/:id', name: 'session', component: SessionView, props: true },
      { path: '/settings', name: 'settings', component: screen(() => import('./views/settings/SettingsView.vue')) },
      { path: '/admin/:page?', name: 'admin', component: screen(() => import('./views/admin/AdminView.vue')), props: true },
      { path: '/trust/:workspaceId', name: 'trust', component: screen(() => import('./views/trust/TrustView.vue')), props: true },
      ...gallery(screen),
      { path: '/:rest(.*)', redirect: '/' },
    ],
  })
  router.beforeEach((to) => {
    if (account.state === 'signed-out' && !to.meta['open']) return { name: 'sign-in', query: to.path === '/' ? {} : { next: to.fullPath } }
    if (account.state === 'signed-in' && to.name === 'sign-in') return { path: '/' }
    return true
  })
  return router
}
