// The bodies of REST v1, by route. The same schemas validate, type the browser and describe the API.
// What the fields mean is written in relay/http/openapi/meanings, for the description of the API.
import * as z from 'zod/mini'
import { entityId, globalRole, modelName, optional, optionalId, permissionMode, sessionRole, timestamp, visibility } from './ids.ts'
import { paging } from './paging.ts'
import { LIMITS } from './limits.ts'
import { sessionTitle } from './plain-line.ts'
import { participant, session, userCard } from './session-events.ts'
import { permissionRequest, queue } from './turn-events.ts'
import { keptEvent } from './from-relay.ts'

export * from './rest-files.ts'
export * from './rest-storage.ts'
export * from './rest-webhooks.ts'
export * from './rest-links.ts'
export * from './rest-executions.ts'
export * from './rest-workspaces.ts'
export * from './rest-accounts.ts'
export * from './rest-operation.ts'
export * from './rest-usage.ts'

const name = z.string().check(z.minLength(1), z.maxLength(100))
const password = z.string().check(z.minLength(1), z.maxLength(256))

/** `user_id`: who is signed in here already; a code, or a token of the identity provider, of anybody else is then not used (C9). */
export const loginBody = z.union([
  z.object({ username: name, password }),
  z.object({ code: z.string().check(z.minLength(1), z.maxLength(200)), user_id: optional(entityId) }),
  z.object({ token: z.string().check(z.minLength(1), z.maxLength(16 * 1024)), user_id: optional(entityId) }),
])
/** The refresh token travels in an HttpOnly cookie only. */
export const renewed = z.object({ access_token: z.string(), expires_at: timestamp, user: userCard })
/** `page_key`: the other half of what renews (C8). */
export const signedIn = z.extend(renewed, { page_key: z.string() })

/** A link that signs another device in, once, within 15 minutes. */
export const deviceLink = z.object({ link: z.string(), expires_at: timestamp })

/** What the relay can do for this user: shown in the UI, never trusted by the relay. */
export const me = z.object({
  user: userCard,
  relay: z.object({
    version: z.string(),
    protocol: z.number(),
    epoch: z.string(),
    host_name: z.string(),
    demo: z.boolean(),
    sandbox: z.enum(['bwrap', 'off']),
    allow_bypass: z.boolean(),
    claude: z.object({ found: z.boolean(), version: optional(z.string()), credentials: z.enum(['key', 'login', 'cloud', 'none']) }),
    default_workspace_id: entityId,
  }),
})
export const foundPerson = z.object({ id: entityId, name: z.string(), role: optional(globalRole) })
export const people = z.object({ people: z.array(foundPerson) })

/** An own or visible session as the list shows it to the asker. */
export const sessionRow = z.extend(session, { role: sessionRole, unread: optional(z.number()), people: z.array(z.string()), removed_folder: optional(z.string()), missing_folder: optional(z.string()), deleted_at: optional(timestamp) })
/** `deleted`: the trash in the place of the list. */
export const sessionsQuery = z.object({
  workspace_id: optionalId,
  q: optional(z.string().check(z.maxLength(200))),
  ...paging(200),
  archived: optional(z.enum(['true', 'false'])),
  deleted: optional(z.enum(['true', 'false'])),
})
export const sessionsPage = z.object({ sessions: z.array(sessionRow), total: z.number(), next: z.nullable(z.string()) })
export const sessionPatch = z.object({
  title: optional(sessionTitle),
  visibility: optional(visibility),
  model: optional(modelName),
  permission_mode: optional(permissionMode),
  archived: optional(z.boolean()),
  read_seq: optional(z.int().check(z.nonnegative())),
})

/** The snapshot from which a browser goes on when replay would be too long. */
export const sessionSnapshot = z.object({
  epoch: z.string(),
  seq: z.number(),
  session: sessionRow,
  participants: z.array(participant),
  queue,
  permissions: z.array(permissionRequest),
  read_seq: z.number(),
})
export const eventsQuery = z.object({
  before: optional(z.coerce.number().check(z.int(), z.nonnegative())),
  after: optional(z.coerce.number().check(z.int(), z.nonnegative())),
  limit: optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(LIMITS.historyEvents))),
})
export const eventsPage = z.object({ events: z.array(keptEvent), epoch: z.string(), top: z.number() })

export const workspace = z.object({
  id: entityId,
  name: z.string(),
  path: z.string(),
  branch: optional(z.string()),
  trusted: z.boolean(),
  owner: z.boolean(),
  default: z.boolean(),
})
export const workspaces = z.object({ workspaces: z.array(workspace) })

/** What a folder would run or read if it were trusted. */
export const trustReport = z.object({
  hash: z.string(),
  trusted: z.boolean(),
  hooks: z.array(z.string()),
  mcp_servers: z.array(z.string()),
  env: z.array(z.string()),
  claude_md: z.array(z.string()),
  scheduled: optional(z.array(z.string())),
  incomplete: optional(z.boolean()),
})
export const treeQuery = z.object({ q: optional(z.string().check(z.maxLength(500))), limit: optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(200))) })
export const tree = z.object({ paths: z.array(z.object({ path: z.string(), kind: z.enum(['file', 'folder']) })), truncated: z.boolean() })

/** Commands and models the running CLI offers in this session. */
export const offers = z.object({
  commands: z.array(z.object({ name: z.string(), description: z.string(), argument_hint: optional(z.string()) })),
  models: z.array(z.object({ value: z.string(), name: z.string(), description: optional(z.string()) })),
})

/** What fills the context window, in tokens. */
export const contextUsage = z.object({ system: z.number(), mcp: z.number(), messages: z.number(), limit: z.number() })
export const context = z.object({ usage: optional(contextUsage) })

export const ok = z.object({})

export type FoundPerson = z.infer<typeof foundPerson>
export type DeviceLink = z.infer<typeof deviceLink>
export type Renewed = z.infer<typeof renewed>
export type SignedIn = z.infer<typeof signedIn>
export type Me = z.infer<typeof me>
export type SessionRow = z.infer<typeof sessionRow>
export type SessionsPage = z.infer<typeof sessionsPage>
export type SessionPatch = z.infer<typeof sessionPatch>
export type SessionSnapshot = z.infer<typeof sessionSnapshot>
export type EventsPage = z.infer<typeof eventsPage>
export type Workspace = z.infer<typeof workspace>
export type TrustReport = z.infer<typeof trustReport>
export type Tree = z.infer<typeof tree>
export type Offers = z.infer<typeof offers>
export type ContextUsage = z.infer<typeof contextUsage>

export * from './rest-search.ts'
export * from './rest-terminal.ts'
