// Who is signed in, and the ways in and out.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Me, UserCard } from '#protocol'
import type { Outcome } from '../connection/connection.ts'
import type { SignInBody } from '../connection/token.ts'
import { useServices } from './use-services.ts'

/** `starting`: not yet known. `away`: the relay did not answer, nobody can say. */
type AccountState = 'starting' | 'signed-in' | 'signed-out' | 'away'

/** A sign-out that the relay has not heard of: the cookie must not sign in again by itself. */
const SIGNING_OUT = 'ensemble.signing-out'

/** Of the relay's log when somebody was last signed in here, until they sign out: another one means that the log is another one. */
export const KNOWN_EPOCH = 'ensemble.epoch'

export const useAccountStore = defineStore('account', () => {
  const { token, rest, connection, storage, takeCode } = useServices()
  const state = ref<AccountState>('starting')
  const user = shallowRef<UserCard | null>(null)
  /** What the relay says of itself; null until it was asked. */
  const relay = shallowRef<Me['relay'] | null>(null)
  const isAdmin = computed(() => user.value?.role === 'admin')
  /** A viewer of the relay begins no sessions, nor forks of others. */
  const mayBegin = computed(() => user.value?.role !== 'viewer')
  /** The sign-in link of this page was used before, or is too old. */
  const linkSpent = ref(false)
  /** The code of a sign-in link of somebody else than who is here: not used until they say so. */
  const otherCode = ref<string | null>(null)
  let started: Promise<void> | null = null

  token.onChange((next) => {
    if (next === 'unknown') return
    const before = user.value?.id
    state.value = next
    user.value = next === 'signed-in' ? token.user() : null
    if (next === 'signed-in' && user.value?.id !== before) void loadRelay()
  })

  /** Resolves with whether the relay answered. */
  async function loadRelay(): Promise<boolean> {
    const me = await rest.me()
    if (me.ok) storage.set(KNOWN_EPOCH, (relay.value = me.data.relay).epoch)
    return me.ok
  }

  /** Once per page: the cookie, and a sign-in link. Resolves when it is known who is here, or that nobody can say. */
  function start(): Promise<void> {
    started ??= begin()
    return started
  }

  async function begin(): Promise<void> {
    const code = takeCode()
    if (storage.get(SIGNING_OUT) !== null) await signOut()
    else if ((await token.fresh()) === 'unreachable') state.value = 'away'
    if (code !== null && state.value !== 'away') {
      const outcome = await signIn({ code, user_id: user.value?.id })
      linkSpent.value = !outcome.ok && !user.value && outcome.trouble.code === 'UNAUTHORIZED'
      if (!outcome.ok && outcome.trouble.code === 'CONFLICT') otherCode.value = code
    }
    connection.start()
  }

  async function signIn(way: SignInBody): Promise<Outcome<unknown>> {
    const outcome = await token.signIn(way)
    if (outcome.ok) {
      storage.set(SIGNING_OUT, null)
      linkSpent.value = false
    }
    connection.start()
    return outcome
  }

  async function signOut(): Promise<void> {
    storage.set(SIGNING_OUT, 'yes')
    storage.set(KNOWN_EPOCH, null)
    const outcome = await token.signOut()
    if (outcome.ok) storage.set(SIGNING_OUT, null)
  }

  return { state, user, relay, isAdmin, mayBegin, linkSpent, otherCode, start, signIn, signOut, loadRelay, deviceLink: () => rest.deviceLink() }
})
