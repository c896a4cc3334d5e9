// The shape of the tables of meanings.

/** By the path of a field in its schema: `relay.claude.found`; lists and choices add nothing to it. */
export type Fields = Readonly<Record<string, string>>
/** By the name of a schema, or, of a route's own, by `<operationId>.<query|body|answer>`. `_`: of the schema itself. */
export type Meanings = Readonly<Record<string, Fields>>
