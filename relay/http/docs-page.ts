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

/** The viewer follows the system's theme, asks nobody but this relay, and forgets a token with the page. */
export const SCRIPT = `
const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', follow)
follow()
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

export const STYLE = `
body { margin: 0; }
.dark-mode body { background: #1c2022; }
.swagger-ui .opblock-body { overflow-x: auto; }
.swagger-ui .wrapper, .swagger-ui .scheme-container .schemes { max-width: 70rem; margin-inline: auto; }
`.trimStart()
