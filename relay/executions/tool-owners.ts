// Which execution a call belongs to: nested work is told after its turn as well, and belongs to the turn in which its agent was called.
/** So many calls are remembered. */
const maxOwners = 1_000

export function createToolOwners() {
  const owners = new Map<string, string>()
  return {
    of: (toolUseId: string | null | undefined): string | null => (toolUseId ? (owners.get(toolUseId) ?? null) : null),
    own(toolUseId: string, executionId: string): void {
      owners.set(toolUseId, executionId)
      if (owners.size > maxOwners) owners.delete(owners.keys().next().value!)
    },
  }
}
