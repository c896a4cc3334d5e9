// What proves to a receiver that a request is the relay's and new: an HMAC over the time of sending and the very bytes of the body.
import { createHmac } from 'node:crypto'

/** `t` in seconds since 1970, `v1` in hex. */
export function signatureOf(secret: string, body: string, nowMs: number): string {
  const t = Math.floor(nowMs / 1000)
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`
}
