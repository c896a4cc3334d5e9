// The table of settings as the README shows it, printed from the one that is read: `ensemble settings`.
import { SETTINGS, type Setting } from '../config.ts'

function defaultOf(setting: Setting): string {
  if ('shown' in setting && setting.shown !== undefined) return setting.shown
  if (setting.default === null || (Array.isArray(setting.default) && setting.default.length === 0)) return ''
  return `\`${String(setting.default)}\``
}

/** Markdown. */
export function settingsTable(): string {
  const rows = SETTINGS.map((setting: Setting) => `| \`${setting.name}\` | ${defaultOf(setting)} | ${setting.meaning} |`)
  return ['| setting | default | meaning |', '|---|---|---|', ...rows].join('\n')
}

if (import.meta.main) console.log(settingsTable())
