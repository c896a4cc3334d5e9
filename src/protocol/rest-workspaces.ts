// The bodies of what is done with workspaces: adding a folder, naming it, who is a member.
// What the fields mean is written in relay/http/openapi/meanings, for the description of the API.
import * as z from 'zod/mini'
import { optional } from './ids.ts'
import { isInvisible, plainLine } from './plain-line.ts'
import { userCard } from './session-events.ts'

const path = z.string().check(z.minLength(1), z.maxLength(4_096))
const name = z.string().check(z.overwrite(plainLine), z.trim(), z.minLength(1), z.refine((text) => !isInvisible(text), 'nothing to see in it'), z.maxLength(100))

export const workspaceBody = z.object({ path, name: optional(name), create: optional(z.boolean()) })
export const workspacePatch = z.object({ name })
export const workspaceMembers = z.object({ members: z.array(z.extend(userCard, { owner: z.boolean() })) })

export const foldersQuery = z.object({ path: optional(path) })
export const folders = z.object({
  path: z.nullable(z.string()),
  parent: z.nullable(z.string()),
  folders: z.array(z.object({ name: z.string(), path: z.string(), usable: z.boolean() })),
  truncated: z.boolean(),
})

export type WorkspaceMembers = z.infer<typeof workspaceMembers>
export type Folders = z.infer<typeof folders>
