// The hues of people: in a session in the order in which they joined it, elsewhere by who they are.
export const HUES = ['azure', 'moss', 'violet', 'ochre', 'rose', 'sea', 'indigo', 'orchid'] as const
export type Hue = (typeof HUES)[number]

/** The hue of the person who joined as number `order` (from 0); the ninth starts again. */
export function hueAt(order: number): Hue {
  return HUES[((order % HUES.length) + HUES.length) % HUES.length]!
}

/** Outside of a session, or of somebody who is not in its roster: always the same for the same person. */
export const hueOf = (userId: string): Hue => hueAt([...userId].reduce((sum, letter) => sum + letter.charCodeAt(0), 0))
