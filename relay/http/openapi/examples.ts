// Examples for the description of the API, by operation. A test fits each to its schema.
type Example = { body?: unknown; answer?: unknown }

const session = '0b9f6d3e-2f0c-4a57-9a5e-64f2d6b1c0aa'

export const EXAMPLES: Readonly<Record<string, Example>> = {
  login: { body: { username: 'minji', password: 'correct horse battery' } },
  createSession: { body: { title: 'Tides' }, answer: { session_id: session } },
  updateSession: { body: { title: 'Tides, in English' } },
  forkSession: { body: { title: 'Tides (2)' }, answer: { session_id: session } },
  createSessionParticipant: { body: { user_id: 'u-7d0f0c46-6a0a-4b55-8c4e-2f1ad1d8a0c1', role: 'collaborator' }, answer: { role: 'collaborator' } },
  trustWorkspace: { body: { trusted: true, hash: '5b1f0c9a' } },
}
