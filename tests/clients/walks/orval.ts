import assert from "node:assert/strict";
import { createTask, listTasks, logIn, patchTask, register } from "./client/client";
import type { ProblemCode } from "./client/client";

async function walk(): Promise<void> {
  const registered = await register({ username: "orval", password: "correct horse battery" });
  assert.ok(registered.status === 201);
  assert.equal(registered.data.username, "orval");

  const refused = await listTasks();
  assert.ok(refused.status === 401);
  const code: ProblemCode = refused.data.code;
  assert.ok(code === "not_authenticated");

  const token = await logIn({ username: "orval", password: "correct horse battery" });
  assert.ok(token.status === 200);
  const headers = { Authorization: `Bearer ${token.data.access_token}` };

  const created = await createTask(
    { title: "Buy milk" },
    { headers: { ...headers, "idempotency-key": "walk" } },
  );
  assert.ok(created.status === 201);
  assert.deepEqual(created.data.links, []);

  const listed = await listTasks({ limit: 5 }, { headers });
  assert.ok(listed.status === 200);
  assert.deepEqual(listed.data.map((task) => task.title), ["Buy milk"]);

  const updated = await patchTask(
    created.data.id,
    // As it was read, but for what changes.
    { ...created.data, completed: true },
    { headers: { ...headers, "if-match": '"1"' } },
  );
  assert.ok(updated.status === 200);
  assert.equal(updated.data.completed, true);
  assert.equal(updated.data.version, 2);
}

void walk();
