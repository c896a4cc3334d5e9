// The readable page of the API's description: what it is made of besides the viewer, which is Swagger UI from its package.
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Ensemble API</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/api/v1/docs/viewer.css">
<link rel="stylesheet" href="/api/v1/docs/tokens.css">
<link rel="stylesheet" href="/api/v1/docs/page.css">
</head>
<body>
<main id="api"></main>
<noscript>The description itself: <a href="/api/v1/openapi.json">openapi.json</a></noscript>
<script src="/api/v1/docs/viewer.js"></script>
<script src="/api/v1/docs/page.js"></script>
</body>
</html>
`

/** The viewer asks nobody but this relay, and forgets a token with the page. */
export const SCRIPT = `
SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  filter: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
})
`.trimStart()

/** The viewer in our own letters and colours: those of tokens.css, which follow the system's theme; the viewer's own dark mode stays off. Methods keep a word and a shade, not a colour each. */
export const STYLE = `
html { background: var(--surface); }
body { margin: 0; background: var(--surface); color: var(--text); font-family: var(--font-ui); }
#api .swagger-ui { background: var(--surface); font-family: var(--font-ui); color: var(--text); }
.swagger-ui .wrapper, .swagger-ui .scheme-container .schemes { max-width: 70rem; margin-inline: auto; }
.swagger-ui .opblock-body { overflow-x: auto; }
#api .swagger-ui :is(.info .title, .opblock-tag, .info li, .info p, .info table, .opblock-description-wrapper, .opblock-section-header h4, .opblock-title_normal,
  .responses-inner :is(h4, h5), .response-col_status, .response-col_links, .parameter__name, .parameter__type, .tab li, .model, .model-title, .btn, label, table thead tr :is(td, th),
  .opblock-summary-description, .opblock-external-docs-wrapper, .scheme-container .schemes > label, section.models h4, .markdown, .renderedMarkdown) { color: var(--text); font-family: var(--font-ui); }
#api .swagger-ui :is(.markdown, .renderedMarkdown) :is(p, li, pre, code) { color: var(--text-2); }
#api .swagger-ui :is(.opblock-summary-description, .opblock-tag small, .parameter__in, .prop-format) { color: var(--text-2); }
#api .swagger-ui :is(.opblock-summary-path, .opblock-summary-path a, .opblock-summary-path__deprecated, code, .parameter__type, .microlight, .info .base-url) { font-family: var(--font-mono); font-weight: 500; color: var(--text); }
#api .swagger-ui :is(.markdown code, .renderedMarkdown code) { background: var(--sunken); color: var(--text); }
#api .swagger-ui .info a, #api .swagger-ui a.nostyle, #api .swagger-ui .info__extdocs, #api .swagger-ui .renderedMarkdown a { color: var(--accent); }
#api .swagger-ui .opblock-tag { border-color: var(--line); }
#api .swagger-ui .opblock, #api .swagger-ui .opblock.opblock { margin: 0 0 8px; border: 1px solid var(--line); border-radius: 10px; background: var(--raised); box-shadow: none; }
#api .swagger-ui .opblock.opblock .opblock-summary { border-color: var(--line); }
#api .swagger-ui .opblock.opblock .opblock-summary-method { min-width: 64px; border-radius: 4px; background: var(--sunken); color: var(--text-2); font: 600 12px/20px var(--font-mono); text-shadow: none; }
#api .swagger-ui .opblock.opblock-delete .opblock-summary-method { background: var(--danger-soft); color: var(--danger); }
#api .swagger-ui .opblock-section-header, #api .swagger-ui .scheme-container { background: var(--canvas); box-shadow: none; }
#api .swagger-ui .btn { border: 1px solid var(--line-strong); border-radius: 6px; background: var(--raised); box-shadow: none; }
#api .swagger-ui :is(.btn.authorize, .btn.authorize span) { border-color: var(--line-strong); background: var(--raised); color: var(--text); }
#api .swagger-ui :is(.models-control, .model-toggle, .copy-to-clipboard) { background-color: var(--raised); color: var(--text); }
#api .swagger-ui .info .title small.version-stamp, #api .swagger-ui .info .title small { background: var(--sunken); }
#api .swagger-ui .info .title small pre { color: var(--text-2); line-height: 16px; }
#api .swagger-ui .tab li.active::after, #api .swagger-ui .opblock .tab-header .tab-item.active h4 span::after { background: var(--accent); }
#api .swagger-ui :is(svg, .expand-operation, .opblock-control-arrow, .authorization__btn) { color: var(--text-2); fill: var(--text-2); }
#api .swagger-ui select { appearance: auto; background-image: none; }
#api .swagger-ui :is(input, select) { max-width: 100%; }
#api .swagger-ui .info .title { font-size: 28px; line-height: 34px; }
#api .swagger-ui .opblock-tag { font-size: 20px; line-height: 28px; }
#api .swagger-ui :is(.response-control-media-type__accept-message, .response-control-media-type--accept-controller select) { border-color: var(--ok); color: var(--ok); }
#api .swagger-ui .parameter__name.required::after { color: var(--danger); }
#api .swagger-ui .btn.execute { border-color: var(--ink); background: var(--ink); color: var(--on-ink); }
#api .swagger-ui :is(input, textarea, select) { border: 1px solid var(--line-control); border-radius: 6px; background-color: var(--raised); color: var(--text); font-family: var(--font-ui); }
#api .swagger-ui :is(.highlight-code > .microlight, .highlight-code pre, pre.microlight) { border-radius: 6px; background: var(--sunken) !important; color: var(--text) !important; }
#api .swagger-ui .microlight span { color: var(--text) !important; }
#api .swagger-ui .dialog-ux .modal-ux { border: 1px solid var(--line); border-radius: 14px; background: var(--raised); color: var(--text); }
#api .swagger-ui :focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
`.trimStart()
