// The bodies of what is asked about files.
// What the fields mean is written in relay/http/openapi/meanings, for the description of the API.
import * as z from 'zod/mini'
import { entityId, optional, timestamp } from './ids.ts'
import { fileUploaded } from './session-events.ts'
import { attachment } from './turn-events.ts'

export const uploaded = attachment
/** How far an upload has come: `offset` bytes are on the relay's disk. `expires_at`: when it is forgotten if nothing more comes; null once it is a file, and then `sha256` is what the relay has read of it, in hex. */
export const uploadState = z.object({ file_id: entityId, offset: z.int(), size: z.int(), expires_at: z.nullable(timestamp), done: z.boolean(), sha256: z.optional(z.string()) })
export const filesPage = z.object({ files: z.array(fileUploaded), next: z.nullable(z.string()) })
export const shareBody = z.object({ target_session_id: entityId })
export const shared = z.object({ file_id: entityId })
export const fileTicket = z.object({ url: z.string(), expires_at: timestamp })
export const archiveBody = z.object({ session_id: entityId, folder: optional(z.string().check(z.maxLength(1_024))), file_ids: optional(z.array(entityId).check(z.minLength(1), z.maxLength(4_000))) })
export const archive = z.object({ url: z.string(), expires_at: timestamp, filename: z.string(), size: z.int(), files: z.int() })

export type Uploaded = z.infer<typeof uploaded>
export type UploadState = z.infer<typeof uploadState>
export type FilesPage = z.infer<typeof filesPage>
