// Modes in which Claude asks nobody: where the relay does not allow them, whatever chose one of them gets the default instead.
import { OPEN_MODES, type PermissionMode } from '#protocol'

export const isOpenMode = (mode: PermissionMode): boolean => (OPEN_MODES as readonly string[]).includes(mode)

export const allowedMode = (mode: PermissionMode, allowBypass: boolean): PermissionMode => (isOpenMode(mode) && !allowBypass ? 'default' : mode)
