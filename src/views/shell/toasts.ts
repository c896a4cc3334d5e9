// The one short message at the edge of the screen: the result of one's own action that shows nowhere else.
import type { InjectionKey, ShallowRef } from 'vue'
import { inject, shallowRef } from 'vue'

type Toast = { message: string; action?: string; onAct?(): void }

export type Toasts = {
  current: Readonly<ShallowRef<Toast | null>>
  /** Takes the place of the one before. */
  show(toast: Toast): void
  act(): void
  close(): void
}

export const toastsKey: InjectionKey<Toasts> = Symbol('toasts')

export function useToasts(): Toasts {
  const toasts = inject(toastsKey)
  if (toasts === undefined) throw new Error('useToasts() outside of the app')
  return toasts
}

export function createToasts(): Toasts {
  const current = shallowRef<Toast | null>(null)
  return {
    current,
    show: (toast) => (current.value = toast),
    act() {
      current.value?.onAct?.()
      current.value = null
    },
    close: () => (current.value = null),
  }
}
