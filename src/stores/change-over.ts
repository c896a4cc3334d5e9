// From who is here to the person of a sign-in link that was asked about: everything of the one is gone before the other comes.
import type { useAccountStore } from './use-account-store.ts'

export async function changeOver(account: ReturnType<typeof useAccountStore>): Promise<void> {
  const code = account.otherCode
  account.otherCode = null
  if (code === null) return
  await account.signOut()
  const outcome = await account.signIn({ code })
  account.linkSpent = !outcome.ok && outcome.trouble.code === 'UNAUTHORIZED'
}
