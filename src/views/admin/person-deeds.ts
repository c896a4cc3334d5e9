// What an admin does with a person, by the names of its words.
import type { GlobalRole } from '#protocol'

export const PERSON_DEEDS = ['rename', 'reset', 'remove'] as const
export type PersonDeed = (typeof PERSON_DEEDS)[number]

export const ROLES = ['admin', 'user', 'viewer'] as const satisfies readonly GlobalRole[]
export const WAYS = ['link', 'password'] as const
