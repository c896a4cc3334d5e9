// What receivers of webhooks get, as the description of the API tells it: the body, the headers, and how it is proved to be the relay's.
import { rest } from '#protocol'

const header = (name: string, schema: object, description: string) => ({ name, in: 'header', required: true, schema, description })

export const WEBHOOKS = {
  executionEnded: {
    post: {
      operationId: 'executionEnded',
      summary: 'An execution that was begun with a `webhook` has ended.',
      description:
        'Sent to the `url` of its `webhook`. Told at least once: tried for a day until the answer is 2xx, with equal `ensemble-event-id` and body. A redirect is not followed; 410 ends the attempts.\n\n`v1` of the signature is the HMAC-SHA256, in hex, over `<t>.<body>` under the secret of the webhook, with the very bytes of the body. Refuse a wrong signature, and a `t` (seconds since 1970) further off than you trust your clock.',
      security: [],
      parameters: [
        header('ensemble-event-id', { type: 'string' }, 'The same at every attempt; also `id` in the body.'),
        header('ensemble-event', { enum: [...rest.WEBHOOK_EVENTS] }, 'How it ended; also `type` in the body.'),
        header('ensemble-attempt', { type: 'integer', minimum: 1 }, 'Which attempt this is.'),
        header('ensemble-signature', { type: 'string', pattern: '^t=\\d+,v1=[0-9a-f]{64}$' }, '`t=<seconds since 1970>,v1=<hex>`.'),
      ],
      requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/WebhookBody' } } } },
      responses: {
        '2XX': { description: 'Taken: it is not sent again. Only within ten seconds.' },
        410: { description: 'Not wanted any more: it is not sent again.' },
        default: { description: 'Sent again later.' },
      },
    },
  },
}
