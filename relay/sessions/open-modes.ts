// Modes in which Claude asks nobody: where the relay does not allow them, whatever chose one of them gets the default instead.
import { OPEN_MODES, Refused, type PermissionMode } from '#protocol'

export const isOpenMode = (mode: PermissionMode): boolean => (OPEN_MODES as readonly string[]).includes(mode)

export const allowedMode = (mode: PermissionMode, allowBypass: boolean): PermissionMode => (isOpenMode(mode) && !allowBypass ? 'default' : mode)

/** For people who choose one. */
export function refuseOpenMode(mode: PermissionMode, allowBypass: boolean): void {
  if (allowedMode(mode, allowBypass) !== mode) throw new Refused('FORBIDDEN', `this relay does not allow the mode ${mode}`)
}
