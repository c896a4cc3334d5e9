// What the description of the API says of a route beyond what its row holds anyway.
import type { ErrorCode } from '#protocol'

/** What a caller may send along, and what comes back, by the names of HTTP. */
export type AskedHeader = 'Range' | 'If-None-Match' | 'If-Range' | 'Last-Event-ID' | 'Tus-Resumable' | 'Upload-Length' | 'Upload-Offset' | 'Upload-Metadata' | 'Repr-Digest'
export type ToldHeader = 'ETag' | 'Content-Disposition' | 'Content-Range' | 'Accept-Ranges' | 'Set-Cookie' | 'Location' | 'Upload-Length' | 'Upload-Offset' | 'Upload-Expires' | 'Repr-Digest' | 'Tus-Version' | 'Tus-Extension' | 'Tus-Max-Size'

export type About = {
  /** More than the summary's one line, in Markdown. */
  description?: string
  /** Its name, where the one made of method and path does not read well. */
  operationId?: string
  /** What it may answer with instead of JSON, or, without an `answer`, with nothing else. `any`: whatever was uploaded. */
  content?: readonly string[]
  /** Answers of other statuses that are no refusals: what they mean, and whether they hold what the usual one does. */
  also?: Readonly<Record<number, { says: string; holds: 'the same' | 'nothing' }>>
  reads?: readonly AskedHeader[]
  tells?: readonly ToldHeader[]
  /** Refusals that most routes do not know. */
  refuses?: readonly ErrorCode[]
  /** The content type of a body that the handler reads by itself, or goes without. */
  takes?: string
  /** In the place of what the row's access says: of an open route that tells more to whom it knows, or knows them in a way of its own. */
  security?: readonly object[]
  /** The fields of a form that is no JSON: a JSON schema. */
  form?: object
}
