// Words of what is fetched when it is first asked for.
import settings from './settings.ts'
import sharing from './sharing.ts'
import signIn from './sign-in.ts'

export default { settings, sharing, signIn }
