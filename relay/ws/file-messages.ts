// Messages about files that change something: begun in chunks, sent whole, shared, deleted.
import type { DataFromBrowser } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Files } from '../files/files.ts'
import type { Uploads } from '../uploads/uploads.ts'
import { bytesOf } from './base64.ts'
import type { UploadChunks } from './upload-chunks.ts'

type FileType = 'upload_start' | 'file_upload' | 'share_file' | 'delete_file'
type FileMessages = { [T in FileType]: (data: DataFromBrowser[T]) => (asked: Asked) => Promise<object> }

export const fileMessages = ({ files, uploads, chunks }: { files: Files; uploads: Uploads; chunks: UploadChunks }): FileMessages => ({
  upload_start: (data) => (asked) => chunks.start(asked, data),
  file_upload: (data) => async (asked) => uploads.take(asked, { ...data, content: [bytesOf(data.data)] }),
  share_file: (data) => (asked) => files.share(asked, data.file_id, data.target_session_id),
  delete_file: (data) => (asked) => files.remove(asked, data.file_id),
})
