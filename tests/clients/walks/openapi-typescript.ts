import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./client/schema";

type Code = components["schemas"]["ProblemCode"];

async function walk(baseUrl: string): Promise<void> {
  const client = createClient<paths>({ baseUrl });
  const registered = await client.POST("/register", {
    body: { username: "openapi-typescript", password: "correct horse battery" },
  });
  assert.equal(registered.data?.username, "openapi-typescript");

  const refused = await client.GET("/tasks");
  const code: Code | undefined = refused.error?.code;
  assert.ok(code === "not_authenticated");

  const token = await client.POST("/token", {
    body: { username: "openapi-typescript", password: "correct horse battery" },
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
  });
  const headers = { Authorization: `Bearer ${token.data?.access_token}` };

  const created = await client.POST("/tasks", {
    headers,
    params: { header: { "idempotency-key": "walk" } },
    body: { title: "Buy milk" },
  });
  assert.ok(created.data);
  assert.deepEqual(created.data.links, []);

  const listed = await client.GET("/tasks", { headers, params: { query: { limit: 5 } } });
  assert.deepEqual(listed.data?.map((task) => task.title), ["Buy milk"]);

  const updated = await client.PATCH("/tasks/{task_id}", {
    headers,
    params: { path: { task_id: created.data.id }, header: { "if-match": '"1"' } },
    // As it was read, but for what changes.
    body: { ...created.data, completed: true },
  });
  assert.equal(updated.data?.completed, true);
  assert.equal(updated.data.version, 2);
}

void walk(process.env["ERRAND_URL"] ?? "");
