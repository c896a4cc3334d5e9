// Secrets of receivers as they lie in rows: only who has the relay's own secret reads them, whoever has the database or a backup does not.
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'

export type SealedSecrets = {
  seal(secret: string, deliveryId: string): string
  /** Null: it was sealed with another key, or for another delivery. */
  open(sealed: string, deliveryId: string): string | null
}

const mark = 'sealed.'
const cipher = 'aes-256-gcm'
const tagBytes = 16
/** Each delivery has a key of its own that seals once, so no nonce is needed. */
const nonce = Buffer.alloc(12)

/** `key`: 32 bytes that nothing else is made of. */
export function createSealedSecrets(key: Uint8Array): SealedSecrets {
  const keyOf = (deliveryId: string) => Buffer.from(hkdfSync('sha256', key, '', deliveryId, 32))
  return {
    seal(secret, deliveryId) {
      const sealing = createCipheriv(cipher, keyOf(deliveryId), nonce)
      const bytes = Buffer.concat([sealing.update(secret, 'utf8'), sealing.final(), sealing.getAuthTag()])
      return mark + bytes.toString('base64url')
    },
    open(sealed, deliveryId) {
      // Rows of before there were seals have theirs as it is.
      if (!sealed.startsWith(mark)) return sealed
      const bytes = Buffer.from(sealed.slice(mark.length), 'base64url')
      if (bytes.byteLength < tagBytes) return null
      const opening = createDecipheriv(cipher, keyOf(deliveryId), nonce)
      opening.setAuthTag(bytes.subarray(-tagBytes))
      try {
        return Buffer.concat([opening.update(bytes.subarray(0, -tagBytes)), opening.final()]).toString('utf8')
      } catch {
        return null
      }
    },
  }
}
