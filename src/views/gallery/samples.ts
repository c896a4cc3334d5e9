// Invented people, files and figures for the gallery.
import type { Person } from '../../ui/FaceStack.vue'
import type { GaugePart } from '../../ui/UiGauge.vue'
import type { LinkState } from '../../ui/link-state.ts'

export const people = (korean: boolean): Person[] => [
  { id: '1', name: korean ? '김민지' : 'Minji Kim', hue: 'azure' },
  { id: '2', name: korean ? '박준' : 'Jun Park', hue: 'moss' },
  { id: '3', name: 'Sofia Lindqvist', hue: 'violet' },
  { id: '4', name: 'Priya Raman', hue: 'ochre' },
  { id: '5', name: 'Alexandros Papadimitriou', hue: 'rose' },
  { id: '6', name: 'Noor', hue: 'sea' },
]

export const links: LinkState[] = [
  { kind: 'connecting' },
  { kind: 'live', latencyMs: 12 },
  { kind: 'slow', latencyMs: 640 },
  { kind: 'reconnecting', attempt: 3, inSeconds: 4 },
  { kind: 'catching-up', events: 214 },
  { kind: 'offline', waiting: 2 },
  { kind: 'signed-out' },
]

export const contextParts = (scale: number): GaugePart[] => [
  { id: 'system', label: 'System', value: 18_000 * scale, figure: '18k', tone: 'text' },
  { id: 'mcp', label: 'MCP', value: 12_000 * scale, figure: '12k', tone: 'indigo' },
  { id: 'messages', label: 'Messages', value: 34_000 * scale, figure: '34k', tone: 'accent' },
]

export const longPath = 'packages/booking-intake/src/adapters/legacy-soap-gateway/receive-booking-confirmation.ts'
