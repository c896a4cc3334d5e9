// The hue of a person: the same in every session and on every page.
import { hueOrderOf } from '#protocol'
import { HUES, type Hue } from '../../ui/hues.ts'

export const hueOf = (userId: string): Hue => HUES[hueOrderOf(userId)]!
