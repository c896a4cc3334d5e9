// The models one can choose: what the CLI offers; before it was asked, the aliases that it always knows. Pure.
import type { Offers } from '#protocol'

/** Documented for `claude --model`; they always lead to the newest of their kind. */
const ALIASES = ['opus', 'sonnet', 'haiku'] as const

/** "claude-opus-4-1-20250805" → "Opus 4.1"; an alias or anything else with a capital letter. */
export function modelName(model: string): string {
  const parts = /^claude-([a-z]+)-(\d+(?:-\d{1,2})?)(?:-\d{8})?$/.exec(model)
  const name = parts ? `${parts[1]} ${parts[2]!.replace('-', '.')}` : model
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/** "Opus (legacy)" → "Opus": the button beside the field has no room for advice. */
const shortName = (name: string) => name.replace(/\s*\([^)]*\)$/, '') || name

type ModelOption = { id: string; label: string; hint?: string }

/** The default is named in the reader's language. `current` stays choosable though nobody offers it (any more). */
export function modelOptions(offered: Offers['models'], current: string | null, defaultLabel: string): ModelOption[] {
  const options: ModelOption[] =
    offered.length > 0
      ? offered.map((each) => ({ id: each.value, label: each.value === 'default' ? defaultLabel : shortName(each.name), ...(each.description ? { hint: each.description } : {}) }))
      : ALIASES.map((alias) => ({ id: alias, label: modelName(alias) }))
  if (current === null && !options.some((each) => each.id === 'default')) return [{ id: 'default', label: defaultLabel }, ...options]
  return current === null || options.some((each) => each.id === current) ? options : [{ id: current, label: modelName(current) }, ...options]
}
