// The text of a message on the wire, put together around data that is JSON text already.

/** A frame without `seq`: a signal. `data` is JSON text. */
export function signalFrame(channel: string, type: string, data: string, timestamp: number): string {
  return `{"type":${JSON.stringify(type)},"channel":${JSON.stringify(channel)},"data":${data},"timestamp":${timestamp}}`
}

/** A kept event as every reader of its channel gets it, live or replayed. */
export function frameOf(event: { channel: string; seq: number; type: string; data: string; timestamp: number }): string {
  const { channel, seq, type, data, timestamp } = event
  return `{"type":${JSON.stringify(type)},"channel":${JSON.stringify(channel)},"seq":${seq},"data":${data},"timestamp":${timestamp}}`
}
