// A line as the CLI writes it into a transcript for an answer of the API.

type Said = { id: string; request?: string; conversation?: string; model?: string; input?: number; output?: number; entrypoint?: string | null; folder?: string; at?: number }

export function transcriptLine({ id, request = `req_${id}`, conversation = 'c-1', model = 'claude-opus-5-5', input = 100, output = 10, entrypoint = 'cli', folder = '/home/minji/harbor-api', at = Date.UTC(2026, 10, 8, 12) }: Said): string {
  const usage = { input_tokens: input, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: output, service_tier: 'standard' }
  const message = { id, type: 'message', role: 'assistant', model, content: [{ type: 'text', text: 'Hello' }], usage }
  return JSON.stringify({ parentUuid: null, isSidechain: false, message, requestId: request, type: 'assistant', uuid: `u-${id}`, timestamp: new Date(at).toISOString(), userType: 'external', ...(entrypoint && { entrypoint }), cwd: folder, sessionId: conversation, version: '2.1.329' })
}
