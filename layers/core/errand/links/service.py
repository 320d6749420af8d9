"""When links are fetched, and when what was fetched before is good enough."""

from collections.abc import Sequence
from contextlib import suppress

from pydantic import TypeAdapter

from errand.clock import Clock
from errand.errors import StorageUnavailable
from errand.identity.caller import Caller
from errand.identity.throttling.service import Throttle
from errand.links.model import PREVIEW, digest
from errand.links.repository import DynamoPreviews
from errand.links.schemas import LinkPreview
from errand.storage.unit import Store, Unit

_ANSWERS = TypeAdapter(list[LinkPreview])


class PreviewService:
    def __init__(
        self, *, previews: DynamoPreviews, throttle: Throttle, store: Store, clock: Clock
    ) -> None:
        self._previews = previews
        self._throttle = throttle
        self._store = store
        self._clock = clock

    def admit(self, *, caller: Caller, links: Sequence[str]) -> list[LinkPreview] | None:
        """What is known of these links; None: they may be fetched now. Raises TooManyAttempts."""
        if not links:
            return []
        answers = self._previews.read(digest(caller.user_id, links), now=self._clock())
        if answers is not None:
            return _ANSWERS.validate_json(answers)
        self._throttle.count(PREVIEW.by(caller.user_id))
        return None

    def keep(self, *, caller: Caller, links: Sequence[str], found: Sequence[LinkPreview]) -> None:
        unit = Unit()
        answers = _ANSWERS.dump_json([*found]).decode()
        self._previews.keep(unit, digest(caller.user_id, links), answers, now=self._clock())
        # They are there by now; that they will be fetched again is no reason to withhold them.
        with suppress(StorageUnavailable):
            self._store.commit(unit)
