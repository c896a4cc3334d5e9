// Which form of a counted sentence is meant. Forms stand in one string: `one | other`.

/** English: `one | other`, or with more forms `none | one | … | other`. */
export const englishForm = (count: number, forms: number) =>
  forms <= 2 ? (count === 1 || forms === 1 ? 0 : 1) : Math.min(Math.max(0, Math.trunc(count)), forms - 1)

/** Korean has one form for every number; a second one is for sentences that change when there is none: `none | some`. */
export const koreanForm = (count: number, forms: number) => Math.min(Math.max(0, Math.trunc(count)), forms - 1)
