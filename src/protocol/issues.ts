// What of something read does not fit, in words for those who sent it.
import type * as z from 'zod/mini'

/** At most five places that do not fit, as `path: why`. */
export function issuesOf(error: z.core.$ZodError): string[] {
  return error.issues.slice(0, 5).map((issue) => `${issue.path.join('.') || '(whole)'}: ${issue.message}`)
}
