// How a key is written on its cap, by platform.

const signs: Record<string, string> = { Enter: '⏎', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc', Backspace: '⌫' }
const applePlatform = /mac|iphone|ipad|ipod/i

/** 'mod+Enter' → '⌘⏎' on a Mac, 'Ctrl ⏎' elsewhere; unknown names stay as they are. */
export function keyText(keys: string, platform: string): string {
  const apple = applePlatform.test(platform)
  const parts = keys.split('+').map((key) => {
    if (key === 'mod') return apple ? '⌘' : 'Ctrl'
    if (key === 'alt') return apple ? '⌥' : 'Alt'
    if (key === 'Shift' && apple) return '⇧'
    return signs[key] ?? key
  })
  return parts.join(apple ? '' : '+')
}
