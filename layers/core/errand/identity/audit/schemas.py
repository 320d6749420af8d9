"""The security log as its owner reads it."""

from errand.identity.audit.model import AuditRecord
from errand.schemas import view
from errand.views import JsonView

SecurityEvent = view(
    AuditRecord,
    name="SecurityEvent",
    meaning="Something that touched the account's safety.",
    example={
        "id": "06h08q0rf9qcv4e83s3ndg2tl8",
        "at": "2026-11-22T08:30:00.123Z",
        "act": "logged_in",
        "actor": "06h08q0rf9qcv4e83s3ndg2tl0",
        "address": "203.0.113.7",
        "agent": "curl/8.5.0",
        "request_id": "JKJaXmPLvHcESHA=",
        "about": "06h08q0rf9qcv4e83s3ndg2tl4",
    },
)
SECURITY_EVENTS_JSON = JsonView(AuditRecord)
