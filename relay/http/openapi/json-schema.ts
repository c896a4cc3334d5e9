// A JSON schema as far as the description of the API looks into it.
export type JsonSchema = { [key: string]: unknown; properties?: Record<string, JsonSchema>; required?: string[] }
