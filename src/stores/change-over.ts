// Out of this browser, or from who is here to the person of a sign-in link that was asked about: everything of the one is gone before the other comes.
import type { useAccountStore } from './use-account-store.ts'
import type { useUploadsStore } from './use-uploads-store.ts'

type Account = ReturnType<typeof useAccountStore>
type Uploads = Pick<ReturnType<typeof useUploadsStore>, 'cancelUnfinished'>

/** Files that are not at the relay yet do not stay in a browser that others may use. */
export async function leave(account: Account, uploads: Uploads): Promise<void> {
  uploads.cancelUnfinished()
  await account.signOut()
}

export async function changeOver(account: Account, uploads: Uploads): Promise<void> {
  const code = account.otherCode
  account.otherCode = null
  if (code === null) return
  await leave(account, uploads)
  const outcome = await account.signIn({ code })
  account.linkSpent = !outcome.ok && outcome.trouble.code === 'UNAUTHORIZED'
}
