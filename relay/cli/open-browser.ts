// Opens the browser where a person would see it: never in CI, over SSH, without a screen or without a terminal.
export type Screen = { platform: string; env: Readonly<Record<string, string | undefined>>; isTerminal: boolean; which: (name: string) => string | null }

/** The program that opens an address, or null when there is nobody to see it. */
export function browserOpener({ platform, env, isTerminal, which }: Screen): string | null {
  if (!isTerminal || env['CI'] || env['SSH_CONNECTION'] || env['SSH_TTY']) return null
  if (platform === 'darwin') return which('open')
  if (env['WSL_DISTRO_NAME']) return which('wslview')
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? which('xdg-open') : null
}

export function openBrowser(opener: string, url: string): void {
  // It outlives us and may fail as it likes: the link stands in the terminal as well.
  Bun.spawn([opener, url], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' }).unref()
}
