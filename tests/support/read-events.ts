// Reads server-sent events as a script does: by lines, keeping the id of the last one.

/** `id`: the seq in the execution, out of the event's id. */
export type Told = { id: number | null; eventId: string | null; type: string; message: { type: string; seq?: number; data: Record<string, any> } }
export type Reading = Awaited<ReturnType<typeof readEvents>>

/** Resolves with the status; of a stream that was opened `told` grows until it ends or is cut. */
export async function readEvents(url: string, token: string, headers: Record<string, string> = {}) {
  const stop = new AbortController()
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}`, ...headers }, signal: stop.signal })
  const told: Told[] = []
  const comments: string[] = []
  const waiters = new Set<() => void>()
  let text = ''

  function take(block: string): void {
    const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
    if (fields.has('')) comments.push(fields.get('')!)
    if (!fields.has('data')) return
    const eventId = fields.get('id') ?? null
    told.push({ id: eventId === null ? null : Number(eventId.slice(eventId.lastIndexOf('.') + 1)), eventId, type: fields.get('event')!, message: JSON.parse(fields.get('data')!) })
    for (const look of [...waiters]) look()
  }

  const ended = (async (): Promise<'ended' | 'cut'> => {
    const decoder = new TextDecoder()
    try {
      for await (const chunk of response.body ?? []) {
        const parts = (text + decoder.decode(chunk, { stream: true })).split('\n\n')
        text = parts.pop()!
        parts.forEach(take)
      }
      return 'ended'
    } catch {
      return 'cut'
    }
  })()

  return {
    status: response.status,
    headers: response.headers,
    told,
    comments,
    ended,
    stop: () => stop.abort(),
    /** What was kept, in the order in which it came. */
    events: () => told.filter(({ id }) => id !== null),
    /** The text of a refusal. */
    rest: () => text,
    until: (passes: (each: Told) => boolean): Promise<Told> =>
      new Promise((resolve) => {
        const look = () => {
          const found = told.find(passes)
          if (!found) return
          waiters.delete(look)
          resolve(found)
        }
        waiters.add(look)
        look()
      }),
  }
}
