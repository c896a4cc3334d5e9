// Bytes as messages carry them: base64 and nothing else. What Buffer would leave out is refused.
import { Refused } from '#protocol'

export function bytesOf(data: string): Uint8Array {
  const bytes = Buffer.from(data, 'base64')
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0
  if (data.length % 4 !== 0 || bytes.byteLength !== (data.length / 4) * 3 - padding) throw new Refused('VALIDATION', 'data: not base64')
  return bytes
}
