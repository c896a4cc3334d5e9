// Texts that are looked for as they are, whatever signs of LIKE they hold. Compare with `LIKE`, which knows how they are escaped.
export const LIKE = "LIKE ? ESCAPE '\\'"

const asItIs = (text: string) => text.replace(/[\\%_]/g, '\\$&')

export const containing = (text: string): string => `%${asItIs(text)}%`
export const beginningWith = (text: string): string => `${asItIs(text)}%`
