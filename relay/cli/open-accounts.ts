// Opens the accounts beside a running relay, or without one: the same tables, the same rules, another process.
import { randomUUID } from 'node:crypto'
import { createAuth, type Auth } from '../auth/auth.ts'
import { newSecret, readSecret } from '../auth/secret.ts'
import { systemClock } from '../clock.ts'
import type { Config } from '../config.ts'
import { prepareDataFolder } from '../data-folder.ts'
import { createLog } from '../observability/log.ts'
import { openStorage } from '../storage/storage.ts'

/** Runs `work` on the accounts of the configured data folder. */
export async function withAccounts<T>(config: Config, work: (auth: Auth) => Promise<T>): Promise<T> {
  prepareDataFolder(config.ensembleData)
  const log = createLog((line) => void process.stderr.write(`${line}\n`), systemClock)
  const storage = await openStorage({ url: config.databaseUrl, clock: systemClock, log })
  const auth = createAuth({
    storage,
    clock: systemClock,
    log,
    secret: readSecret(config.jwtSecret, config.ensembleData),
    issuer: config.jwtIssuer,
    audience: config.jwtAudience,
    jwksUrl: config.jwtJwksUrl,
    signInsPerMinute: config.signInsPerMinute,
    newId: randomUUID,
    newSecret,
  })
  try {
    return await work(auth)
  } finally {
    auth.stop()
    await storage.close()
  }
}
