// Which hue a person has: told by their id, so that they have the same one in every session and on every page.

export const HUES_COUNT = 8

/** From 0 to `HUES_COUNT` − 1: always the same for the same person. */
export const hueOrderOf = (userId: string): number => [...userId].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % HUES_COUNT
