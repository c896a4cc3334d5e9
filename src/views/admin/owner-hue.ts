// The hue of a person outside of any session: always the same for the same one.
import { hueAt, type Hue } from '../../ui/hues.ts'

export const ownerHue = (userId: string): Hue => hueAt([...userId].reduce((sum, letter) => sum + letter.charCodeAt(0), 0))
