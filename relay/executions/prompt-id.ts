// The UUID under which Claude gets a prompt. The CLI drops one that it has seen before: so nothing runs twice, and a second try needs its own.

/**
 * The same for the same message and use in every run of the relay: a UUID of version 8, made of a SHA-256.
 * `steer`: to be folded into a turn · a number: the so manieth time that it is to begin one.
 */
export function promptIdOf(messageId: string, use: 'steer' | number): string {
  const hex = new Bun.CryptoHasher('sha256').update(`${messageId}\n${use}`).digest('hex')
  const variant = ((parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
