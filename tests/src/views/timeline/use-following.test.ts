// Following the end of a list: what of the reader stops it, and what is not the reader's does not.
import { expect, test } from 'bun:test'
import { effectScope, ref } from 'vue'
import { useFollowing } from '../../../../src/views/timeline/use-following.ts'

/** A box of 600 px on 2,000 px of content, at its end. */
class Box extends EventTarget {
  scrollTop = 1_400
  scrollHeight = 2_000
  clientHeight = 600
  ownerDocument = new EventTarget()
}

function atTheEnd() {
  const box = new Box()
  const scope = effectScope()
  const follower = scope.run(() => useFollowing(ref(box as unknown as HTMLElement), () => true))!
  /** As the browser tells it: with a part of the list as its target. */
  const focusInside = () => {
    const event = new Event('focusin')
    Object.defineProperty(event, 'target', { value: new EventTarget() })
    box.dispatchEvent(event)
  }
  return { box, follower, focusInside, [Symbol.dispose]: () => scope.stop() }
}

test('a focus that the reader sets inside stops the following, and what grows then stays below', () => {
  using list = atTheEnd()
  list.focusInside()
  expect(list.follower.following.value).toBe(false)
  list.box.scrollHeight = 2_500
  list.follower.grown()
  expect(list.box.scrollTop).toBe(1_400)
})

test('a focus that moves by itself, from an answered card to its row, does not: the next card comes into view', () => {
  using list = atTheEnd()
  list.follower.quietly(list.focusInside)
  expect(list.follower.following.value).toBe(true)
  list.box.scrollHeight = 2_500
  list.follower.grown()
  expect(list.box.scrollTop).toBe(2_500)
})
