// How the relay stood, as its channel tells it: the last few times it became another, and what comes while somebody looks.
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { SYSTEM_CHANNEL, type FromRelay, type RelayStatus } from '#protocol'
import type { OpenChannel } from '../connection/connection.ts'
import { useServices } from './use-services.ts'

const SHOWN = 10

export type ToldStatus = RelayStatus & { seq: number; at: number }

export const useRelayStatusStore = defineStore('relay-status', () => {
  const { connection } = useServices()
  /** The latest first. */
  const told = shallowRef<readonly ToldStatus[]>([])
  let channel: OpenChannel | null = null

  function take(message: FromRelay): void {
    if (message.type !== 'status' || message.seq == null) return
    told.value = [{ ...message.data, seq: message.seq, at: message.timestamp }, ...told.value].slice(0, SHOWN)
  }

  function open(): void {
    channel ??= connection.open(
      SYSTEM_CHANNEL,
      { history: SHOWN },
      {
        onMessage: take,
        onSnapshotNeeded() {
          // Another log, or one that goes on far from here: what was told is not of it.
          told.value = []
          return Promise.resolve('from-now')
        },
      },
    )
  }

  function close(): void {
    channel?.close()
    channel = null
    told.value = []
  }

  return { told, open, close }
})
