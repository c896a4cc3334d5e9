// The second wall between Claude's text and the page: DOMPurify with exactly the tags and attributes that we make ourselves.
import createDOMPurify, { type WindowLike } from 'dompurify'
import type { Sanitise } from './markdown-block.ts'
import { ALLOWED_ATTRIBUTES, ALLOWED_TAGS, DATA_IMAGE } from './markdown-html.ts'

/** Throws when the window cannot sanitise: unsanitised HTML must never be the fallback. */
export function createSanitiser(window: WindowLike): Sanitise {
  const purify = createDOMPurify(window)
  if (!purify.isSupported) throw new Error('this window cannot sanitise HTML')
  purify.addHook('uponSanitizeAttribute', (_node, attribute) => {
    if (attribute.attrName === 'src' && !DATA_IMAGE.test(attribute.attrValue)) attribute.keepAttr = false
  })
  return (html) =>
    purify.sanitize(html, {
      ALLOWED_TAGS,
      ALLOWED_ATTR: [...ALLOWED_ATTRIBUTES],
      ALLOW_DATA_ATTR: false,
      ALLOW_ARIA_ATTR: false,
      ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:|data:image\/)/i,
      ADD_URI_SAFE_ATTR: ALLOWED_ATTRIBUTES.filter((name) => name !== 'href' && name !== 'src'),
      KEEP_CONTENT: true,
    })
}
