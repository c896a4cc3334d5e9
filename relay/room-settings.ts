// What of the settings each room wants, in its own words and units.
import { LIMITS } from '#protocol'
import type { Config } from './config.ts'
import { databaseFile } from './storage/storage.ts'
import type { UploadLimits } from './uploads/uploads.ts'

export const mib = 1024 * 1024
/** Open uploads of one user, and how many of them may bring bytes at once. */
const [openUploads, parallelUploads] = [20, 10]

export const uploadLimits = (config: Config): UploadLimits => ({
  maxBytes: config.maxUploadMib * mib,
  sessionBytes: config.maxSessionFilesMib * mib,
  userBytes: config.maxUserFilesMib * mib,
  sessionFiles: config.maxSessionFiles,
  userFiles: config.maxUserFiles,
  reserveBytes: config.diskReserveMib * mib,
  open: openUploads,
  parallel: parallelUploads,
  expiryMs: config.uploadExpiryHours * 3_600_000,
})

export function claudeSettings(config: Config, dataFolder: string) {
  return {
    bin: config.claudeBin,
    idleMs: config.claudeIdleMinutes * 60_000,
    maxProcesses: config.claudeMaxProcesses,
    spares: config.claudePrewarm,
    sandbox: config.claudeSandbox,
    persistent: config.enablePersistentSessions,
    environmentNames: [...config.claudeEnv],
    dataFolder,
    reserveBytes: config.diskReserveMib * mib,
    ownFiles: [databaseFile(config.databaseUrl), ...(config.tlsKey === null ? [] : [config.tlsKey])],
    overrides: config.claudeOverrides,
  }
}

export const socketSettings = (config: Config) => ({
  maxConnections: config.maxConnections,
  maxConnectionsPerUser: config.maxConnectionsPerUser,
  admissionBurst: config.admissionBurst,
  admissionPerSecond: config.admissionPerSecond,
  announced: { frame_bytes: LIMITS.frameBytes, messages_per_second: config.messagesPerSecond, upload_bytes: config.maxUploadMib * mib },
  compression: config.wsCompression,
})
