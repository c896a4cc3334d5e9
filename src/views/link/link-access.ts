// How the page of a share link is let in, as the one who composes it hands it over.

/** `over`: the link opens nothing any more. `away`: the relay does not answer. */
export type LinkAccess = {
  enter(): Promise<{ sessionId: string; until: number } | 'over' | 'away'>
  /** Later on, while one reads. */
  onOver(listener: () => void): () => void
}
