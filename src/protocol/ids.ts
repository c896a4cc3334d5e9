// The shapes of ids on the wire. Ids are opaque: nobody reads meaning out of them.
import * as z from 'zod/mini'

/** A message's own id, chosen by the sender, unique per user: 1 to 128 characters. */
export const requestId = z.string().check(z.minLength(1), z.maxLength(128))

/** Ids of sessions, users, workspaces, executions, files, permission requests. */
export const entityId = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/))

/** Integer milliseconds since 1970. */
export const timestamp = z.int().check(z.nonnegative())

/** An optional field: null means absent. */
export const optional = <T extends z.core.$ZodType>(schema: T) => z.nullish(schema)

/** An optional id for which the empty string means absent as well. */
export const optionalId = z.nullish(z.union([entityId, z.literal('')]))

/** A user's role in a session, and a user's role on the whole relay. */
export const sessionRole = z.enum(['owner', 'collaborator', 'viewer'])
export const globalRole = z.enum(['admin', 'user', 'viewer'])
export type SessionRole = z.infer<typeof sessionRole>
export type GlobalRole = z.infer<typeof globalRole>

/** What Claude may do without asking (the CLI's permission modes). */
export const permissionMode = z.enum(['default', 'plan', 'acceptEdits', 'bypassPermissions', 'auto', 'dontAsk'])
export type PermissionMode = z.infer<typeof permissionMode>

/** Model names are checked by pattern: they reach the command line of the CLI. */
export const modelName = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._:@/[\]-]{0,99}$/))

export const visibility = z.enum(['workspace', 'private'])
