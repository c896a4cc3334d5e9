// Words of what is fetched when it is first asked for.
import admin from './admin.ts'
import allSessions from './all-sessions.ts'
import charts from './charts.ts'
import found from './found.ts'
import keys from './keys.ts'
import live from './live.ts'
import notice from './notice.ts'
import panel from './panel.ts'
import queue from './queue.ts'
import settings from './settings.ts'
import sharing from './sharing.ts'
import signIn from './sign-in.ts'
import storage from './storage.ts'
import terminal from './terminal.ts'
import trust from './trust.ts'
import webhooks from './webhooks.ts'

export default { admin, allSessions, charts, found, keys, live, notice, panel, queue, settings, sharing, signIn, storage, terminal, trust, webhooks }
