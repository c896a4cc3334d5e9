// Waits for a fact that nobody announces, with a limit, and says what did not happen.

/** Looks again until it holds: at once, then ever more rarely, so that a costly look does not slow what it waits for. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const began = performance.now()
  for (let pauseMs = 1; !(await holds()); pauseMs = Math.min(25, pauseMs * 2)) {
    if (performance.now() - began > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`)
    await Bun.sleep(pauseMs)
  }
}
