// Words of the screens that are fetched when they are first asked for.
import settings from './settings.ts'
import signIn from './sign-in.ts'

export default { settings, signIn }
