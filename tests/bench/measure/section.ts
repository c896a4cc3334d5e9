// What one part of the benchmark hands back: a section of RESULTS.md.
export type Section = { name: string; title: string; text: string }
/** `minutes`: when they are over, no further round begins. */
export type PartOptions = { rounds: number; minutes: number; say: (line: string) => void }
