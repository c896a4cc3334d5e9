// The id under which a request is found in the log: the caller's own, where it is one that the log can trust.

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** W3C Trace Context: version, trace id, parent id, flags. All zeros mean none. */
const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/

/** `x-trace-id` with a UUID, or the trace id of a `traceparent`; null when neither is sent or fits. */
export function traceOf(headers: Headers): string | null {
  const own = headers.get('x-trace-id')
  if (own !== null && uuid.test(own)) return own.toLowerCase()
  return traceparent.exec(headers.get('traceparent') ?? '')?.[1] ?? null
}
