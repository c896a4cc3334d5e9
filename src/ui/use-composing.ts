// Whether a key belongs to a syllable that is being composed (Korean, Japanese, Chinese): then Enter must send nothing.

/** The Enter that ends a composition comes as a key of its own in some browsers, just after. */
const AFTER_COMPOSING_MS = 50

export function useComposing() {
  let endedAt = -Infinity
  return {
    /** For `compositionend`. */
    composed: (event: CompositionEvent) => void (endedAt = event.timeStamp),
    isComposing: (event: KeyboardEvent): boolean => event.isComposing || event.timeStamp - endedAt < AFTER_COMPOSING_MS,
  }
}
