// The index of the API: every resource adds its rows here, and nothing else answers.
import type { Executions } from '../executions/executions.ts'
import type { Files } from '../files/files.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Uploads } from '../uploads/uploads.ts'
import type { Usage } from '../usage/usage.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'
import type { Workspaces } from '../workspaces/workspaces.ts'
import { auditRoutes } from './audit.ts'
import { authRoutes, type AuthServices } from './auth.ts'
import { docsRoutes, type DocsServices } from './docs.ts'
import { fileRoutes } from './files.ts'
import { linkRoutes } from './links.ts'
import { operationRoutes, type OperationServices } from './operation.ts'
import { ownAccountRoutes } from './own-account.ts'
import { peopleRoutes } from './people.ts'
import { executionEventRoutes } from './execution-events.ts'
import { executionRoutes } from './executions.ts'
import type { Route } from './route.ts'
import { storageRoutes, type StorageServices } from './storage.ts'
import { usageRoutes } from './usage.ts'
import { webhookRoutes } from './webhooks.ts'
import { socketRoutes } from './sockets.ts'
import { searchRoutes, type SearchServices } from './search.ts'
import { sessionRoutes } from './sessions.ts'
import { terminalRoutes } from './terminal-sessions.ts'
import { tusRoutes } from './tus.ts'
import { tokenRoutes } from './tokens.ts'
import { userRoutes } from './users.ts'
import { workspaceRoutes } from './workspaces.ts'

export type HttpServices = AuthServices & OperationServices & DocsServices & StorageServices & SearchServices & { sessions: Sessions; workspaces: Workspaces; files: Files; uploads: Uploads; executions: Executions; usage: Usage; webhooks: Webhooks }

export function createRoutes(services: HttpServices): Route[] {
  const routes: Route[] = [
    ...authRoutes(services),
    ...ownAccountRoutes(services),
    ...tokenRoutes(services),
    ...userRoutes(services),
    ...auditRoutes(services),
    ...peopleRoutes(services),
    ...sessionRoutes(services),
    ...linkRoutes(services),
    ...searchRoutes(services),
    ...workspaceRoutes(services),
    ...terminalRoutes(services),
    ...fileRoutes(services),
    ...tusRoutes(services),
    ...executionRoutes(services),
    ...executionEventRoutes(services),
    ...socketRoutes(),
    ...usageRoutes(services),
    ...webhookRoutes(services),
    ...storageRoutes(services),
    ...operationRoutes(services),
    ...docsRoutes(services, () => routes),
  ]
  return routes
}
