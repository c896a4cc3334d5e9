// The only parser of frames, for both directions. Pure: text in, messages or the reason of refusal out.
import * as z from 'zod/mini'
import type { ErrorCode } from './errors.ts'
import { FROM_BROWSER, type FromBrowser, type FromBrowserType, WITH_CHANNEL } from './from-browser.ts'
import { FROM_RELAY, type FromRelay, type FromRelayType } from './from-relay.ts'
import { channelName } from './channels.ts'
import { requestId } from './ids.ts'
import { issuesOf } from './issues.ts'
import { LIMITS } from './limits.ts'
import { countValues, parseJson } from './parse-json.ts'

export type BadMessage = { ok: false; id: string | null; code: ErrorCode; message: string; details?: unknown }
export type GoodMessage = { ok: true; message: FromBrowser }
/** `values`: about how many lists, objects and things in them were walked through. */
export type DecodedFrame = { values: number } & ({ ok: true; batch: boolean; messages: (GoodMessage | BadMessage)[] } | { ok: false; message: string })

/** Reads one frame of a browser. A frame that is no JSON, an empty or a nested array is bad as a whole; each message is judged alone. */
export function decodeFromBrowser(text: string, options: { arrays: boolean }): DecodedFrame {
  const values = countValues(text)
  const value = values > LIMITS.valuesPerFrame ? undefined : parseJson(text)
  if (value === undefined) return { ok: false, values, message: 'not JSON, or too much of it' }
  if (!Array.isArray(value)) return { ok: true, values, batch: false, messages: [readMessage(value)] }
  if (!options.arrays) return { ok: false, values, message: 'arrays need the ensemble.v1 subprotocol' }
  if (value.length === 0 || value.length > LIMITS.messagesPerFrame || value.some(Array.isArray)) return { ok: false, values, message: 'an array of 1 to 100 messages is expected' }
  return { ok: true, values, batch: true, messages: value.map(readMessage) }
}

function readMessage(value: unknown): GoodMessage | BadMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad(null, 'BAD_FRAME', 'a message is an object')
  const raw = value as Record<string, unknown>
  const id = raw.id ?? null
  if (id !== null && !requestId.safeParse(id).success) return bad(null, 'VALIDATION', 'id: 1 to 128 characters')
  const known = id as string | null
  if (typeof raw.type !== 'string') return bad(known, 'BAD_FRAME', 'type is missing')
  if (!Object.hasOwn(FROM_BROWSER, raw.type)) return bad(known, 'VALIDATION', 'unknown type')
  const type = raw.type as FromBrowserType
  if (Object.hasOwn(raw, 'username') || Object.hasOwn(raw, 'message')) {
    if (raw.data === undefined) return bad(known, 'VALIDATION', 'fields belong into data')
  }
  const channel = raw.channel ?? null
  if (WITH_CHANNEL.includes(type) && !channelName.safeParse(channel).success) return bad(known, 'VALIDATION', 'channel is missing or not a channel')
  const parsed = z.safeParse(FROM_BROWSER[type] as z.core.$ZodType, raw.data ?? {})
  if (!parsed.success) return bad(known, 'VALIDATION', 'data does not fit', issuesOf(parsed.error))
  return { ok: true, message: { type, id: known, channel: typeof channel === 'string' ? channel : null, data: parsed.data } as FromBrowser }
}

const bad = (id: string | null, code: ErrorCode, message: string, details?: unknown): BadMessage => ({ ok: false, id, code, message, details })

/**
 * Reads one frame of the relay into its messages. What does not fit the contract is left out and reported,
 * so that one odd event never hides the others.
 */
export function decodeFromRelay(text: string, report: (problem: string) => void): FromRelay[] {
  const value = parseJson(text)
  const list = Array.isArray(value) ? value : [value]
  const messages: FromRelay[] = []
  for (const each of list) {
    const raw = each as { type?: unknown; data?: unknown } | null | undefined
    if (!raw || typeof raw.type !== 'string' || !Object.hasOwn(FROM_RELAY, raw.type)) {
      report(`unknown message from the relay: ${String(raw?.type)}`)
      continue
    }
    const parsed = z.safeParse(FROM_RELAY[raw.type as FromRelayType] as z.core.$ZodType, raw.data)
    if (parsed.success) messages.push({ ...raw, data: parsed.data } as FromRelay)
    else report(`${raw.type} does not fit: ${issuesOf(parsed.error).join('; ')}`)
  }
  return messages
}
