// The pages before what is loaded: so many as are wanted, joined to what is there. Fetched when it is first needed.
import type { SessionSnapshot } from '#protocol'
import type { Outcome, Trouble } from '../connection/connection.ts'
import type { TimelineFrame } from '../timeline/timeline.ts'

export { joinOlder } from '../timeline/join-older.ts'

type Older = (firstSeq: number) => Promise<Outcome<TimelineFrame[]>>

/** What stands before `firstSeq`, page by page until `isEnough` of it is here or there is no more; what could not be had is told. */
export async function pagesBefore(firstSeq: number, older: Older, isEnough: (firstSeq: number, frames: readonly TimelineFrame[]) => boolean, onTrouble: (why: Trouble) => void): Promise<TimelineFrame[]> {
  let frames: TimelineFrame[] = []
  let before = firstSeq
  do {
    const page = await older(before)
    if (!page.ok) onTrouble(page.trouble)
    const first = page.ok ? page.data[0]?.seq : null
    if (!page.ok || first == null) break
    frames = [...page.data, ...frames]
    before = first
  } while (before > 1 && !isEnough(before, frames))
  return frames
}

/** Whether a page shows where the session stands: something that was said or done, and each question that is open. Of three hundred files nobody can tell. */
function shows(frames: readonly TimelineFrame[], { permissions }: SessionSnapshot): boolean {
  const isHere = (id: string) => frames.some(({ type, data }) => type === 'permission_request' && data.request_id === id)
  return frames.some(({ type, data }) => type === 'message' || ('execution_id' in data && data.execution_id != null)) && permissions.every(({ request_id }) => isHere(request_id))
}

/** The last page, with as many before it as it takes to see where the session stands. Without a link it is the last page alone. */
export async function reachingBack(last: TimelineFrame[], snapshot: SessionSnapshot, older: Older): Promise<TimelineFrame[]> {
  const firstSeq = last[0]?.seq ?? 0
  if (firstSeq <= 1 || shows(last, snapshot)) return last
  return [...(await pagesBefore(firstSeq, older, (_, frames) => shows([...frames, ...last], snapshot), () => undefined)), ...last]
}
