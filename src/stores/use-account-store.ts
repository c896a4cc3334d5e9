// Who is signed in, and the ways in and out.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Me, UserCard } from '#protocol'
import type { Outcome } from '../connection/connection.ts'
import { useServices } from './use-services.ts'

/** `starting`: not yet known. `away`: the relay did not answer, nobody can say. */
type AccountState = 'starting' | 'signed-in' | 'signed-out' | 'away'
type SignIn = { username: string; password: string } | { code: string }

/** A sign-out that the relay has not heard of: the cookie must not sign in again by itself. */
const SIGNING_OUT = 'ensemble.signing-out'

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
    if (me.ok) relay.value = me.data.relay
    return me.ok
  }

  /** Once per page: a sign-in link, else the cookie. Resolves when it is known who is here, or that nobody can say. */
  function start(): Promise<void> {
    started ??= begin()
    return started
  }

  async function begin(): Promise<void> {
    const code = takeCode()
    const byLink = code === null ? null : await token.signIn({ code })
    const byCode = byLink?.ok ?? false
    if (!byCode && storage.get(SIGNING_OUT) !== null) await signOut()
    else if (!byCode && (await token.fresh()) === 'unreachable') state.value = 'away'
    linkSpent.value = state.value === 'signed-out' && byLink?.ok === false && byLink.trouble.code === 'UNAUTHORIZED'
    connection.start()
  }

  async function signIn(way: SignIn): Promise<Outcome<unknown>> {
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
    const outcome = await token.signOut()
    if (outcome.ok) storage.set(SIGNING_OUT, null)
  }

  return { state, user, relay, isAdmin, mayBegin, linkSpent, start, signIn, signOut, loadRelay, deviceLink: () => rest.deviceLink() }
})
