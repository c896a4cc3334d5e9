// Addresses and the screens behind them, each loaded when first asked for.
import type { Router, RouteRecordRaw } from 'vue-router'
import { createRouter, createWebHistory } from 'vue-router'

/** Shows every part of the interface in all its states; never part of what is shipped. */
const gallery: RouteRecordRaw[] =
  import.meta.env.DEV || import.meta.env.MODE === 'mock'
    ? [
        { path: '/gallery', component: () => import('./views/gallery/GalleryView.vue') },
        { path: '/gallery/shell', component: () => import('./views/gallery/GalleryShell.vue') },
        { path: '/gallery/sign-in', component: () => import('./views/gallery/GallerySignIn.vue') },
      ]
    : []

export function createAppRouter(): Router {
  return createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/', redirect: '/sign-in' },
      { path: '/sign-in', name: 'sign-in', component: () => import('./views/sign-in/SignInPage.vue'), props: { host: location.host } },
      ...gallery,
    ],
  })
}
