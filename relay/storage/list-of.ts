// A column of several rows in one column of one row.

/**
 * SQL: what `select` gives as `id`, in its order, as JSON. An order inside of the aggregate itself is known to SQLite from 3.44 on, and macOS
 * has had older ones up to 15.
 */
export const listOf = (select: string): string => `(SELECT json_group_array(o.id) FROM (${select}) AS o)`
