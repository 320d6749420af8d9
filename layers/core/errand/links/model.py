"""What is remembered of links for some minutes, and how often somebody may have them fetched."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from errand.codecs import Seconds
from errand.fields import NOWHERE, kept
from errand.identity.throttling.model import Policy

KEPT_SECONDS = 5 * 60

# By user id; what is remembered does not count.
PREVIEW = Policy(name="preview", free=30, first_pause=1, longest_pause=60, memory=10 * 60)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptPreviews:
    """`answers`: of some links, in their order, as JSON."""

    answers: str = kept("b", shown=NOWHERE)
    expires_at: Seconds = kept("expires_at", shown=NOWHERE)


def digest(user_id: str, links: Sequence[str]) -> str:
    """Names neither: what one has fetched tells another nothing, not even by the time it takes."""
    return hashlib.sha256(json.dumps([user_id, *links]).encode()).hexdigest()
