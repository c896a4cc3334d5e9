// How long a connection may be quiet, in seconds: a stranger can have thousands of them, and each takes a descriptor until it ends.
import { jsonWithinMs } from './read-body.ts'

export const patience = {
  /** Until a request's head is there as a whole: the server counts it from the first byte, however it drips. */
  head: 10,
  /** In a JSON body, and after a stranger was refused. */
  body: jsonWithinMs / 1_000,
  /** While it is answered, in a file that comes, and for the next request: proxies keep their connections for about so long. */
  answer: 60,
}
