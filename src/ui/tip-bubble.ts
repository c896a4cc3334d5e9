// The bubble of a tooltip. Made by hand and only while it shows: hundreds of buttons have a tooltip, one is ever seen.
import { visibleText } from '../timeline/visible-text.ts'
import { keyText } from './key-text.ts'
import { placeTip } from './place-tip.ts'

type TipWish = { text: string; keys?: string; side?: 'above' | 'below'; id: string; onGone(): void }

/** Shows the words beside `target`, in the top layer, so that no dialog or scrolling box covers them. Returns how to end it. */
export function showTip(target: HTMLElement, wish: TipWish): { element: HTMLElement; hide(): void } {
  const element = document.createElement('span')
  element.className = 'ui-tip'
  element.id = wish.id
  element.role = 'tooltip'
  element.popover = 'manual'
  const words = visibleText(wish.text)
  element.append(words)
  if (wish.keys !== undefined) {
    const cap = document.createElement('kbd')
    cap.ariaHidden = 'true'
    cap.append(keyText(wish.keys, navigator.platform))
    element.append(cap)
  }
  document.body.append(element)
  element.showPopover()
  const view = { width: innerWidth, height: innerHeight }
  const { left, top } = placeTip(target.getBoundingClientRect(), element.getBoundingClientRect(), view, wish.side)
  element.style.left = `${left}px`
  element.style.top = `${top}px`
  // A name that already says the same is not read twice.
  const describes = target.ariaLabel !== words && !target.hasAttribute('aria-describedby')
  if (describes) target.setAttribute('aria-describedby', wish.id)

  const gone = new AbortController()
  function hide() {
    if (gone.signal.aborted) return
    gone.abort()
    element.remove()
    if (describes) target.removeAttribute('aria-describedby')
    wish.onGone()
  }
  const { signal } = gone
  document.addEventListener('keydown', (event) => event.key === 'Escape' && hide(), { capture: true, signal })
  document.addEventListener('scroll', hide, { capture: true, passive: true, signal })
  element.addEventListener('pointerleave', hide, { signal })
  return { element, hide }
}
