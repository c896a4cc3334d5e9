// What the sign-in page knows of its relay: whether it keeps another log than when somebody was last signed in here (a restore signs everybody out), and who else comes in.
import { ref, type Ref } from 'vue'
import { readHealth } from '../connection/health.ts'
import { KNOWN_EPOCH } from './use-account-store.ts'
import { useServices } from './use-services.ts'

export function useRelayHealth(): { isReplaced: Readonly<Ref<boolean>>; hasProvider: Readonly<Ref<boolean>> } {
  const { relay, storage } = useServices()
  const [isReplaced, hasProvider] = [ref(false), ref(false)]
  const known = storage.get(KNOWN_EPOCH)
  void readHealth(relay).then((health) => {
    if (!health) return
    isReplaced.value = known !== null && health.epoch !== known
    hasProvider.value = health.identity_provider === true
  })
  return { isReplaced, hasProvider }
}
