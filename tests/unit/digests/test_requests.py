"""What a queue brings that asks for no digest is refused as it is read."""

import pytest

from errand.digests.mails import DIGEST, DigestMail
from errand.errors import MalformedRecord
from errand.mails.kinds import decode
from errand.mails.outbox import encode


@pytest.mark.parametrize("zone", ["", "Nowhere/Else", "../../etc", "europe/berlin "])
def test_zone_that_is_none_is_malformed(zone: str) -> None:
    asked = DigestMail(request_id="digest-1", user_id="0" * 26, at="07:30", zone=zone)
    with pytest.raises(MalformedRecord, match="zone is not a time zone"):
        decode([DIGEST], encode(asked))


@pytest.mark.parametrize("at", ["", "7", "25:00", "noon"])
def test_time_that_is_none_is_malformed(at: str) -> None:
    asked = DigestMail(request_id="digest-1", user_id="0" * 26, at=at, zone="Europe/Berlin")
    with pytest.raises(MalformedRecord, match="at is not a time of day"):
        decode([DIGEST], encode(asked))
