"""Rules of recurrence (RFC 5545) and when they have something occur."""

TEXT_MAX = 500
