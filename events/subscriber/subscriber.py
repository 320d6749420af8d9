"""A sample subscriber: what a rule on the bus calls with each event, as in events/bus-*.json.

An event may come more than once, and later than others of its account: `detail.id` tells one that
was seen, `detail.sequence` which is later; `detail.data.old` has what changed as it was.
"""

import logging
from typing import Any

logger = logging.getLogger("subscriber")
logger.setLevel(logging.INFO)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    detail = event["detail"]
    old, new = detail["data"]["old"], detail["data"]["new"]
    heard = {
        "id": detail["id"],
        "type": detail["type"],
        "subject": detail["subject"],
        "changed": sorted(old) if old and new else [],
    }
    logger.info("Heard", extra=heard)
    return heard
