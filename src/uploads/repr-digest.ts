// The hash of a whole file as it stands in a header (RFC 9530). Pure.

/** As Base64; null where there is none. */
export const digestIn = (header: string | null): string | null => /(?:^|,)\s*sha-256=:([^:]+):/.exec(header ?? '')?.[1] ?? null
