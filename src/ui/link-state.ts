// What the connection pill can say, as data.

export type LinkState =
  | { kind: 'connecting' }
  | { kind: 'live'; latencyMs: number | null }
  | { kind: 'slow'; latencyMs: number }
  | { kind: 'reconnecting'; attempt: number; inSeconds: number }
  | { kind: 'catching-up'; events: number }
  | { kind: 'offline'; waiting: number }
  | { kind: 'signed-out' }

/** Shown in steps, so that the figure does not twitch: by 1 up to 20 ms, by 5 up to 100, by 20 above. */
export function steppedLatencyMs(latencyMs: number): number {
  const step = latencyMs <= 20 ? 1 : latencyMs <= 100 ? 5 : 20
  return Math.max(1, Math.round(latencyMs / step) * step)
}
