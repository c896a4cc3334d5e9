// What scripts catch.
import type { Trouble } from '../connection/outcome.ts'

/** What the relay refused, or that it was not there: `code` says which. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused'
  constructor(readonly trouble: Trouble) {
    super(`${trouble.code}: ${trouble.message}`)
  }
  get code(): Trouble['code'] {
    return this.trouble.code
  }
}
