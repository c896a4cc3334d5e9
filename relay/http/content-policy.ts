// What a page of ours may load and where it may connect to: one policy, of the relay and of the server one works on the page with.

/** `origin` is the page's own, as the browser sees it. Forms are read by the page itself and never sent by the browser. */
export function contentPolicy(origin: string): string {
  const socket = origin.replace(/^http/, 'ws')
  return [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    `connect-src 'self' ${socket}`,
    "object-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}
