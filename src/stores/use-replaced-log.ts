// Whether the relay keeps another log than when somebody was last signed in here: a restore signs everybody out.
import { ref, type Ref } from 'vue'
import { readEpoch } from '../connection/health.ts'
import { KNOWN_EPOCH } from './use-account-store.ts'
import { useServices } from './use-services.ts'

export function useReplacedLog(): Readonly<Ref<boolean>> {
  const { relay, storage } = useServices()
  const isReplaced = ref(false)
  const known = storage.get(KNOWN_EPOCH)
  if (known !== null) void readEpoch(relay).then((now) => (isReplaced.value = now !== null && now !== known))
  return isReplaced
}
