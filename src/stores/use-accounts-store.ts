// Accounts as their owners and admins manage them. Keeps nothing: each page asks for what it shows.
import { defineStore } from 'pinia'
import { createAccountsRest } from '../connection/accounts-rest.ts'
import { useServices } from './use-services.ts'

export type { AuditFilter } from '../connection/accounts-rest.ts'

export const useAccountsStore = defineStore('accounts', () => {
  const { rest, clock } = useServices()
  return { ...createAccountsRest(rest), now: () => clock.now() }
})
