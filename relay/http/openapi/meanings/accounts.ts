// What the schemas of accounts mean: signing in, people, API tokens, the audit.
import type { Meanings } from './fields.ts'

const card = { id: 'Their id: `user_id` elsewhere.', name: 'What they are called.', role: 'What they may do on the relay. An `admin` runs it; a `viewer` only reads, everywhere.' }

const renewed = {
  access_token: 'The token, as a bearer.',
  expires_at: 'When the access token ends, in milliseconds since 1970: renew it before with `refresh`.',
  user: 'Who signed in.',
}

const token = {
  id: 'For revoking it.',
  name: 'What it is for.',
  scopes: 'What it is for, beside what its user may: `read`, `run` (prompts and what changes sessions), `files`, `approve` (answers to questions, and modes), `metrics`, `admin`.',
  ending: 'Its last characters, to know it by.',
  user_id: 'Whose it is: it never may more than they.',
  used_at: 'When it was last used, to the hour, in milliseconds since 1970; null: never.',
}

const filter = {
  from: 'Only what was done at or after this moment, in milliseconds since 1970.',
  to: 'Only what was done before this moment, in milliseconds since 1970.',
  user: 'Only what this user did: their `id`.',
  action: 'Only such actions, as `session.delete`; several with commas between them.',
  session_id: 'Only what was done in this session.',
  q: 'Words in names, actions, details and addresses.',
}

const source = 'Who looks after the account: the `relay`, or the `identity_provider`, where its password is.'

export const ACCOUNTS: Meanings = {
  LoginBody: {
    _: 'One of three: a name and a password, a one-time code, or a token of the identity provider.',
    username: 'The name.',
    password: 'The password.',
    code: 'What stands behind `#code=` in a link that signs in.',
    token: 'An access token of the identity provider.',
    user_id: 'Who is signed in here already: a code or token of anybody else is then not used.',
  },
  Renewed: { _: 'A sign-in, renewed.', ...renewed },
  SignedIn: { _: 'A sign-in. Its refresh token comes as a cookie only.', ...renewed, page_key: 'The other half of what renews it: the bearer of `refresh`.' },
  UserCard: { _: 'A user.', ...card },
  DeviceLink: { _: 'Signs another device in, once, within 15 minutes.', link: 'The address to open there: a secret.' },
  Me: {
    _: 'Who you are, and what this relay can do.',
    user: 'You.',
    relay: 'The relay.',
    'relay.version': 'Its version.',
    'relay.protocol': 'The version of the wire protocol.',
    'relay.host_name': 'The machine it runs on.',
    'relay.demo': 'It is the demo: nothing that it does costs anything.',
    'relay.sandbox': 'Whether commands of Claude run in a sandbox.',
    'relay.allow_bypass': 'Whether owners may choose modes in which Claude asks nobody.',
    'relay.claude': 'Claude’s program.',
    'relay.claude.found': 'Whether it is there.',
    'relay.claude.version': 'Its version.',
    'relay.claude.credentials': 'By what it is known to the API: a `key`, a `login`, a `cloud`, or `none`: then prompts fail.',
    'relay.default_workspace_id': 'The workspace of sessions that name none.',
  },
  FoundPerson: { _: 'Somebody on this relay.', ...card, role: 'What they may do on the relay; told to admins only.' },
  People: { _: 'People, the best match first.', people: 'At most a few.' },
  'getPeople.query': { q: 'A part of a name.' },
  PasswordBody: { _: 'A password of your own.', old: 'The one you have; not asked of who has none.', new: 'The one you want.' },
  SignIn: {
    _: 'A sign-in of yours.',
    sid: 'For signing it out.',
    kind: '`access`: a browser; `cli`: a token of `ensemble token`.',
    agent: 'What the browser said that it is.',
    address: 'From where it came.',
    seen_at: 'When it was last used, in milliseconds since 1970.',
    current: 'It is the one that asks.',
  },
  SignIns: { _: 'Where you are signed in.', sign_ins: 'The latest first.', has_password: 'Whether you have a password here.', source },
  TokenBody: { _: 'A token for scripts.', name: 'What it is for, to know it by.', scopes: token.scopes, expires_in_days: 'In how many days it ends, at most 365.' },
  ApiToken: { _: 'A token for scripts, but never the token itself.', ...token },
  MadeToken: { _: 'A new token for scripts.', ...token, token: 'The token itself, as a bearer. Told this once.' },
  'getTokens.query': { all: '`true`: those of everybody, for admins. Else yours.', q: 'A part of a token’s name, of its owner’s, or of its last characters.' },
  ApiTokens: { _: 'API tokens.', tokens: 'Those of this page.' },
  User: {
    _: 'An account.',
    ...card,
    source,
    has_password: 'Whether there is a password for it here.',
    deleted_at: 'When it was removed, in milliseconds since 1970; null: it was not.',
    seen_at: 'When they were last here, roughly, in milliseconds since 1970; null: never.',
    tokens: 'How many API tokens they have.',
    sessions: 'How many sessions they own.',
  },
  'getUsers.query': { q: 'A part of a name.', deleted: '`true`: those who were removed, too.' },
  UsersPage: { _: 'Accounts, by name.', users: 'Those of this page.' },
  UserBody: { _: 'A new account.', name: 'What they sign in as, and are called.', role: 'What they may do on the relay; without it `user`.', password: 'Their password; without it they have none yet.', link: '`true`: a link that signs them in, once within a day.' },
  MadeUser: { _: 'The new account.', id: 'Their id.', link: 'The link, told this once; null: none was asked for.', expires_at: 'When the link ends, in milliseconds since 1970; null: there is none.' },
  UserPatch: { _: 'Only what is there is changed.', name: 'What they are called.', role: 'What they may do on the relay.' },
  ResetBody: { _: 'How they come in again.', way: 'A `link` that signs in once, or a new `password`.' },
  WayIn: { _: 'The way in that was asked for, told this once.', link: 'The link; null: a password was asked for.', expires_at: 'When the link ends, in milliseconds since 1970; null: there is none.', password: 'The password; null: a link was asked for.' },
  'getAudit.query': filter,
  'getAuditExport.query': filter,
  AuditEntry: {
    _: 'Something that was done.',
    id: 'Its number.',
    at: 'When, in milliseconds since 1970.',
    user_id: 'Who did it; null: the person at the console, or nobody that is known.',
    username: 'What they were called then.',
    action: 'What was done.',
    session_id: 'In which session; null: in none.',
    session_title: 'What the session is called now; null: it was in none, or that is erased.',
    session_title_then: 'What it was called when this was done, as far as people have renamed it since; null: it was in none, or nobody can say any more.',
    target: 'Whom it was done to; null: nobody else.',
    'target.id': 'Their id.',
    'target.name': 'What they are called now.',
    detail: 'More, by the action.',
    address: 'From where; null: not known, or not told to you.',
    hop: 'From where a tunnel of the relay’s machine says that it came; `address` is then the machine’s own.',
    agent: 'What the browser or script said that it is.',
    as_admin: 'Only the rights of an admin allowed it.',
  },
  AuditPage: { _: 'What was done, the latest first.', entries: 'Those of this page.' },
}
