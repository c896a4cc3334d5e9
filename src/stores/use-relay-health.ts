// What the sign-in page knows of its relay: why one stands there again without having signed out, and who else comes in.
import { ref, type Ref } from 'vue'
import { readHealth } from '../connection/health.ts'
import { KNOWN_EPOCH } from './use-account-store.ts'
import { useServices } from './use-services.ts'

/** `replaced`: the relay keeps another log than when somebody was last signed in here; a restore signs everybody out. `over`: this sign-in ran out or was ended. */
export type SignInEnd = 'replaced' | 'over'

/** `end`: undefined where nobody was signed in, or they signed out themselves. */
export function useRelayHealth(): { end: Readonly<Ref<SignInEnd | undefined>>; hasProvider: Readonly<Ref<boolean>> } {
  const { relay, storage } = useServices()
  const end = ref<SignInEnd>()
  const hasProvider = ref(false)
  const known = storage.get(KNOWN_EPOCH)
  void readHealth(relay).then((health) => {
    if (!health) return
    if (known !== null) end.value = health.epoch === known ? 'over' : 'replaced'
    hasProvider.value = health.identity_provider === true
  })
  return { end, hasProvider }
}
