"""What S3 tells of files that were uploaded.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

import json
from dataclasses import dataclass
from urllib.parse import unquote_plus

from errand import ids
from errand.errors import MalformedRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """A file has come: for which import, and which content it has."""

    user_id: str
    upload_id: str
    etag: str

    @property
    def key(self) -> str:
        return f"{self.user_id}/{self.upload_id}"


def arrivals(body: str) -> list[Arrival]:
    """None where S3 tries whether it can tell anything. Raises MalformedRecord."""
    try:
        told = json.loads(body)
        if told.get("Event") == "s3:TestEvent":
            return []
        return [_arrival(record["s3"]["object"]) for record in told["Records"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise MalformedRecord("This is no notice of S3") from None


def _arrival(found: dict[str, str]) -> Arrival:
    user_id, _, upload_id = unquote_plus(found["key"]).partition("/")
    if not (ids.is_id(user_id) and ids.is_id(upload_id)):
        raise MalformedRecord("The file is of no import")
    return Arrival(user_id=user_id, upload_id=upload_id, etag=str(found["eTag"]))
