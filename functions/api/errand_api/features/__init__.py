"""The features of the API, each a module with its router, its TAG and what provides its service."""

# In the order of the docs page: module -> what the paths begin with that lead to it. A module is
# imported when such a path is first asked for: most instances only ever see one or two of them.
FEATURES: dict[str, tuple[str, ...]] = {
    "tasks": ("/tasks",),
    "occurrences": (
        "/tasks/{task_id}/complete",
        "/tasks/{task_id}/skip",
        "/tasks/{task_id}/occurrences",
        "/tasks/{task_id}/completions",
    ),
    "moving": ("/tasks/{task_id}/move",),
    "quick_add": ("/tasks/quick",),
    "search": ("/search",),
    "history": ("/tasks/{task_id}/history", "/tasks/{task_id}/undo", "/activity"),
    "sync": ("/sync",),
    "realtime": ("/realtime", "/events"),
    "projects": ("/projects",),
    "sections": ("/projects/{project_id}/sections",),
    "labels": ("/labels",),
    "trash": ("/trash",),
    "calendar": ("/calendar",),
    "saved_filters": ("/filters",),
    "comments": ("/tasks/{task_id}/comments",),
    "imports": ("/imports", "/exports"),
    "uploads": ("/imports",),
    "links": ("/tasks/{task_id}/links",),
    "accounts": ("/register", "/users/me"),
    "security_log": ("/users/me/security-log",),
    "export": ("/users/me/export",),
    "sessions": ("/token", "/users/me/sessions"),
    "personal_tokens": ("/users/me/tokens",),
    "mfa": ("/users/me/mfa",),
    "recovery": ("/password-recovery", "/password-reset", "/email", "/users/me/email"),
    "mails": ("/mail",),
    "administration": ("/users",),
    "system": ("/", "/health", "/.well-known"),
}
