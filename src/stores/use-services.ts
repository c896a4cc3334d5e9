// What every store is handed: the connection and REST with the world around them, provided once where the page is composed.
import { inject, type InjectionKey } from 'vue'
import type { Clock } from '../clock.ts'
import type { Connection } from '../connection/connection.ts'
import type { Rest } from '../connection/rest.ts'
import type { Token } from '../connection/token.ts'
import type { Uploads } from '../uploads/uploads.ts'

/** localStorage that never throws; what cannot be kept lasts as long as the page. */
export type KeyValue = { get(key: string): string | null; set(key: string, value: string | null): void }

export type Services = {
  /** The origin of the relay. */
  relay: string
  connection: Connection
  rest: Rest
  token: Token
  clock: Clock
  storage: KeyValue
  newId(): string
  /** The line of uploads: made once per page, and its code comes only then. Rejects without a link; ask again. */
  uploads(): Promise<Uploads>
  /** Calls back before the next picture is drawn, or soon when the page is hidden. The returned function calls it off. */
  requestFrame(draw: () => void): () => void
  /** The code of a sign-in link, taken out of the address; null when there is none (any more). */
  takeCode(): string | null
  /** The page goes out of sight, perhaps for good: the last moment to keep something. */
  onHidden(listener: () => void): () => void
}

export const SERVICES: InjectionKey<Services> = Symbol('services')

export function useServices(): Services {
  const services = inject(SERVICES)
  if (services === undefined) throw new Error('useServices() outside of the app')
  return services
}
