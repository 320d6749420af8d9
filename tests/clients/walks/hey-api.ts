import assert from "node:assert/strict";
import { createTask, listTasks, logIn, patchTask, register } from "./client";
import type { ProblemCode } from "./client";
import { client } from "./client/client.gen";

async function walk(baseUrl: string): Promise<void> {
  client.setConfig({ baseUrl });
  const registered = await register({
    body: { username: "hey-api", password: "correct horse battery" },
  });
  assert.equal(registered.data?.username, "hey-api");

  const refused = await listTasks();
  const code: ProblemCode | undefined = refused.error?.code;
  assert.ok(code === "not_authenticated");

  const token = await logIn({ body: { username: "hey-api", password: "correct horse battery" } });
  client.setConfig({ baseUrl, auth: token.data?.access_token ?? "" });

  const created = await createTask({
    headers: { "idempotency-key": "walk" },
    body: { title: "Buy milk" },
  });
  assert.ok(created.data);
  assert.deepEqual(created.data.links, []);

  const listed = await listTasks({ query: { limit: 5 } });
  assert.deepEqual(listed.data?.map((task) => task.title), ["Buy milk"]);

  const updated = await patchTask({
    path: { task_id: created.data.id },
    headers: { "if-match": '"1"' },
    // As it was read, but for what changes.
    body: { ...created.data, completed: true },
  });
  assert.equal(updated.data?.completed, true);
  assert.equal(updated.data.version, 2);
}

void walk(process.env["ERRAND_URL"] ?? "");
