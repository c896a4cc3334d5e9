// The version of the wire protocol: raised when a frozen message changes (the freeze test says so).
export const PROTOCOL_VERSION = 1

/** The WebSocket subprotocol of the SPA: arrays of messages and binary frames are allowed on it. */
export const SUBPROTOCOL = 'ensemble.v1'

/** A second subprotocol entry carries the access token: `bearer.<jwt>`. */
export const BEARER_PREFIX = 'bearer.'
