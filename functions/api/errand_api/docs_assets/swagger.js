// Starts Swagger UI; a file of its own, so that the page needs no inline script.
"use strict";

const target = document.getElementById("docs");
const secondStep = document.getElementById("second-step");

secondStep.addEventListener("submit", (event) => event.preventDefault());

// Swagger UI's form for the password flow has no field for it.
function withSecondStep(request) {
  const otp = secondStep.elements.otp;
  const isLogIn = new URL(request.url, location.href).pathname.endsWith("/token");
  if (isLogIn && otp.value && typeof request.body === "string") {
    request.body += `&otp=${encodeURIComponent(otp.value)}`;
    // Each is taken once.
    otp.value = "";
  }
  return request;
}

SwaggerUIBundle({
  domNode: target,
  url: target.dataset.openapi,
  oauth2RedirectUrl: new URL(target.dataset.redirect, location.href).href,
  requestInterceptor: withSecondStep,
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
