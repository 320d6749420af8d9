// Starts Swagger UI; a file of its own, so that the page needs no inline script.
"use strict";

const target = document.getElementById("docs");

SwaggerUIBundle({
  domNode: target,
  url: target.dataset.openapi,
  oauth2RedirectUrl: new URL(target.dataset.redirect, location.href).href,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  displayRequestDuration: true,
  // It would keep the password and the tokens in the browser's storage.
  persistAuthorization: false,
  showCommonExtensions: true,
  showExtensions: true,
  tryItOutEnabled: true,
  // The validator is a service of somebody else.
  validatorUrl: null,
});
