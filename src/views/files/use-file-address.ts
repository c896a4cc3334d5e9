// Where the content of a file is, on this page.
import { useServices } from '../../stores/use-services.ts'
import { createFileAddress } from './file-address.ts'

export function useFileAddress() {
  const { rest, clock } = useServices()
  return createFileAddress({ rest, clock, fetch: (url, init) => fetch(url, init) })
}
