// The index of the API: every resource adds its rows here, and nothing else answers.
import { authRoutes, type AuthServices } from './auth.ts'
import { opsRoutes, type OpsServices } from './ops.ts'
import { peopleRoutes } from './people.ts'
import type { Route } from './route.ts'

export type HttpServices = AuthServices & OpsServices

export function createRoutes(services: HttpServices): Route[] {
  const routes: Route[] = [...authRoutes(services), ...peopleRoutes(services), ...opsRoutes(services, () => routes)]
  return routes
}
