// What the relay keeps on its disk, as it was when it was last asked.
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { StorageFacts } from '#protocol'
import type { Trouble } from '../connection/connection.ts'
import { readStorage } from '../connection/storage-rest.ts'
import { useServices } from './use-services.ts'

export const useStorageStore = defineStore('storage', () => {
  const { rest } = useServices()
  const facts = shallowRef<StorageFacts | null>(null)
  const trouble = shallowRef<Trouble | null>(null)

  async function load(): Promise<void> {
    const answer = await readStorage(rest)
    trouble.value = answer.ok ? null : answer.trouble
    if (answer.ok) facts.value = answer.data
  }

  return { facts, trouble, load }
})
