// The hues of people, in the order they are given out as people join a session.
export const HUES = ['azure', 'moss', 'violet', 'ochre', 'rose', 'sea', 'indigo', 'orchid'] as const
export type Hue = (typeof HUES)[number]

/** The hue of the person who joined as number `order` (from 0); the ninth starts again. */
export function hueAt(order: number): Hue {
  return HUES[((order % HUES.length) + HUES.length) % HUES.length]!
}
