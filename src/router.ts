// Addresses and the screens behind them; and who may see which. The chat comes with the page, the others when first asked for.
import type { Router, RouteRecordRaw } from 'vue-router'
import { createRouter, createWebHistory } from 'vue-router'
import SessionView from './views/session/SessionView.vue'

/** Shows every part of the interface in all its states; never part of what is shipped. */
const gallery: RouteRecordRaw[] =
  import.meta.env.DEV || import.meta.env.MODE === 'mock'
    ? [
        { path: '/gallery', component: () => import('./views/gallery/GalleryView.vue'), meta: { open: true } },
        { path: '/gallery/shell', component: () => import('./views/gallery/GalleryShell.vue'), meta: { open: true } },
        { path: '/gallery/sign-in', component: () => import('./views/gallery/GallerySignIn.vue'), meta: { open: true } },
      ]
    : []

/** `account`: who is here as far as it is known; a page that cannot reach its relay keeps its screens. */
export function createAppRouter(account: { readonly state: 'starting' | 'signed-in' | 'signed-out' | 'away' }): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/sign-in', name: 'sign-in', component: () => import('./views/sign-in/SignInView.vue'), meta: { open: true } },
      { path: '/', name: 'home', component: SessionView },
      { path: '/waiting', name: 'waiting', component: SessionView },
      { path: '/s/:id', name: 'session', component: SessionView, props: true },
      { path: '/settings', name: 'settings', component: () => import('./views/settings/SettingsView.vue') },
      { path: '/trust/:workspaceId', name: 'trust', component: () => import('./views/trust/TrustView.vue'), props: true },
      ...gallery,
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
