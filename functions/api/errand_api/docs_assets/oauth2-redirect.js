// Where an authorization server sends the browser back to: hands the answer to Swagger UI, which
// opened this window. After swagger-ui-dist/oauth2-redirect.js (Apache-2.0).
"use strict";

const { auth, callback, errCb, redirectUrl, state } = window.opener.swaggerUIRedirectOauth2;
const parameters = location.hash.length > 1 ? location.hash.slice(1) : location.search;
const answer = Object.fromEntries(new URLSearchParams(parameters));
const isValid = answer.state === state;
const isCodeFlow = ["accessCode", "authorizationCode", "authorization_code"].includes(
  auth.schema.get("flow"),
);

function fail(level, message) {
  errCb({ authId: auth.name, source: "auth", level, message });
}

if (!isCodeFlow || auth.code) {
  callback({ auth, token: answer, isValid, redirectUrl });
} else if (!isValid) {
  fail("error", "The answer is not to the question that was asked: its state differs.");
} else if (answer.code) {
  auth.code = answer.code;
  callback({ auth, redirectUrl });
} else {
  fail("error", [answer.error ?? "No code received.", answer.error_description].join(" ").trim());
}
window.close();
