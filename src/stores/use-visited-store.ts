// The sessions that were looked at last stay in memory, so that going back to them shows them at once.
import { defineStore } from 'pinia'

const KEPT = 8

export const useVisitedStore = defineStore('visited', () => {
  /** Newest first. */
  let visited: { id: string; forget: () => void }[] = []

  return {
    /** `forget` lets go of the session when enough others were looked at since. */
    visit(id: string, forget: () => void): void {
      visited = [{ id, forget }, ...visited.filter((each) => each.id !== id)]
      for (const each of visited.splice(KEPT)) each.forget()
    },
    forgetAll(): void {
      for (const each of visited.splice(0)) each.forget()
    },
  }
})
