// How the relay is doing, as it was when it was last asked: what is shown never pretends to be newer.
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { RelayStats } from '#protocol'
import type { Trouble } from '../connection/connection.ts'
import { createOperationRest } from '../connection/operation-rest.ts'
import { useServices } from './use-services.ts'

export const useOperationStore = defineStore('operation', () => {
  const { rest, clock } = useServices()
  const operation = createOperationRest(rest)
  const stats = shallowRef<RelayStats | null>(null)
  /** When `stats` was told, by the clock of this page. */
  const askedAt = shallowRef(0)
  /** Why it could not be asked since. */
  const trouble = shallowRef<Trouble | null>(null)
  let asking: Promise<void> | null = null

  async function ask(): Promise<void> {
    const answer = await operation.stats()
    trouble.value = answer.ok ? null : answer.trouble
    if (!answer.ok) return
    stats.value = answer.data
    askedAt.value = clock.now()
  }

  /** One question at a time: an answer that takes long is waited for. */
  function load(): Promise<void> {
    asking ??= ask().finally(() => (asking = null))
    return asking
  }

  /** Resolves with what was in the way, if anything. One that has ended by itself is stopped as well. */
  async function stop(processId: string): Promise<Trouble | null> {
    const answer = await operation.stopProcess(processId)
    await load()
    return answer.ok || answer.trouble.code === 'NOT_FOUND' ? null : answer.trouble
  }

  return { stats, askedAt, trouble, load, stop }
})
