// One's own account over HTTP: the password, and the devices that are signed in. Closed to API tokens.
import { rest } from '#protocol'
import type { Auth } from '../auth/auth.ts'
import { route, type Route } from './route.ts'

const base = '/api/v1/me'

export function ownAccountRoutes({ auth }: { auth: Auth }): Route[] {
  return [
    route({
      method: 'POST',
      path: `${base}/password`,
      access: 'user',
      scope: 'closed',
      summary: 'Changes your password, or sets the first one. Your other sign-ins end.',
      about: { operationId: 'changePassword' },
      // Under a key a hash of the body would be kept, and that is too little for a password.
      keepsNoAnswer: true,
      maxBodyBytes: 4 * 1024,
      body: rest.passwordBody,
      answer: rest.ok,
      async handle({ who, body }) {
        await auth.own.setPassword(who, { old: body.old ?? null, new: body.new })
        return {}
      },
    }),
    route({
      method: 'GET',
      path: `${base}/sign-ins`,
      access: 'user',
      scope: 'closed',
      summary: 'Where you are signed in, the latest first.',
      answer: rest.signIns,
      handle: ({ who }) => auth.own.signIns(who),
    }),
    route({
      method: 'DELETE',
      path: `${base}/sign-ins`,
      access: 'user',
      scope: 'closed',
      summary: 'Signs you out everywhere else; API tokens go on.',
      answer: rest.ok,
      handle: ({ asked }) => auth.own.endOthers(asked),
    }),
    route({
      method: 'DELETE',
      path: `${base}/sign-ins/:sid`,
      access: 'user',
      scope: 'closed',
      summary: 'Signs one of your devices out.',
      answer: rest.ok,
      handle: ({ asked, params }) => auth.own.endSignIn(asked, params.sid),
    }),
  ]
}
