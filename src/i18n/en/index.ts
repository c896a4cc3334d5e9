// The words in English that come with the page, by area; those of `screens.ts` come later. The other language has the same keys; a test holds this.
import ui from './ui.ts'
import connection from './connection.ts'
import people from './people.ts'
import shell from './shell.ts'
import sessions from './sessions.ts'
import session from './session.ts'
import timeline from './timeline.ts'
import tools from './tools.ts'
import permission from './permission.ts'
import composer from './composer.ts'
import errors from './errors.ts'
import empty from './empty.ts'

export default {
  ui,
  connection,
  people,
  shell,
  sessions,
  session,
  timeline,
  tools,
  permission,
  composer,
  errors,
  empty,
}
