// What of a call a person may write anew before allowing it. Pure.

const FIELDS: Readonly<Record<string, string>> = { Bash: 'command', Write: 'content', Edit: 'new_string' }

/** The field's name and text; null where a call has none, or where not all of it is here: what the relay cut ends so. */
export function editableInput(tool: string, input: unknown): { name: string; text: string } | null {
  const fields = (input ?? {}) as Record<string, unknown>
  const name = Object.hasOwn(FIELDS, tool) ? FIELDS[tool]! : ''
  const text = fields[name]
  if (typeof text !== 'string' || Object.values(fields).some((each) => typeof each === 'string' && each.endsWith('…'))) return null
  return { name, text }
}
