// Examples for the description of the API, by operation. A test fits each to its schema.
type Example = { body?: unknown; answer?: unknown }

const session = '0b9f6d3e-2f0c-4a57-9a5e-64f2d6b1c0aa'

export const EXAMPLES: Readonly<Record<string, Example>> = {
  login: { body: { username: 'minji', password: 'correct horse battery' } },
  createSession: { body: { title: 'Tides' }, answer: { session_id: session } },
  updateSession: { body: { title: 'Tides, in English' } },
  forkSession: { body: { title: 'Tides (2)' }, answer: { session_id: session } },
  createSessionParticipant: { body: { user_id: 'u-7d0f0c46-6a0a-4b55-8c4e-2f1ad1d8a0c1', role: 'collaborator' }, answer: { role: 'collaborator' } },
  createSessionLink: { body: { expires_in: '1h' } },
  enterByLink: { body: { link: '3f1c2a', secret: 'what stands behind the # of its address' } },
  createWorkspace: { body: { path: '/srv/harbor-api', name: 'Harbor' } },
  createToken: { body: { name: 'nightly build', scopes: ['read', 'run'], expires_in_days: 90 } },
  createUser: { body: { name: 'noah', role: 'user', link: true } },
  updateUser: { body: { role: 'viewer' } },
  resetUser: { body: { way: 'link' } },
  execute: {
    body: { prompt: 'Run the tests and say what fails.', tools: ['Bash', 'Read'], max_turns: 20, metadata: { build: 4711 } },
    answer: { execution_id: '5f0a1c1e-0d0b-4a5f-8b8e-0c5d1e0f9a42', session_id: session, status: 'started', websocket_url: '/ws/executions/5f0a1c1e-0d0b-4a5f-8b8e-0c5d1e0f9a42' },
  },
  cancelExecution: { answer: { execution_id: '5f0a1c1e-0d0b-4a5f-8b8e-0c5d1e0f9a42', status: 'running' } },
  trustWorkspace: { body: { trusted: true, hash: '5b1f0c9a' } },
}
