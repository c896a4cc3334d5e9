// What one part of the benchmark hands back: a section of RESULTS.md.
export type Section = { name: string; title: string; text: string }
export type PartOptions = { rounds: number; say: (line: string) => void }
