// Words of what is fetched when it is first asked for.
import keys from './keys.ts'
import settings from './settings.ts'
import sharing from './sharing.ts'
import signIn from './sign-in.ts'

export default { keys, settings, sharing, signIn }
