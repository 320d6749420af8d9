"""What a person can do with the browsers that show their reminders."""

from collections.abc import Callable, Sequence
from typing import Protocol

from errand import ids
from errand.clock import Clock
from errand.errors import InvalidInput, NotFound, PushKeyNotReady, PushNotConfigured
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.origin import Origin
from errand.push.model import SUBSCRIPTIONS_MAX, Registration, Subscription
from errand.push.repository import DynamoSubscriptions, Known
from errand.realtime.holders import Holders
from errand.realtime.model import Holder
from errand.storage.unit import Store, Unit, repeated


class Asking(Protocol):
    """Has the public key published by who has the private one."""

    def ask_for_key(self) -> None: ...


class SubscriptionService:
    """`asking`: makes what asks for the key; None where nothing is sent to browsers.

    `reaches_loopback`: whether push services may be on this machine, by http: for development.
    """

    def __init__(
        self,
        *,
        subscriptions: DynamoSubscriptions,
        holders: Holders,
        store: Store,
        trail: AuditTrail,
        asking: Callable[[], Asking] | None,
        reaches_loopback: bool,
        clock: Clock,
    ) -> None:
        self._subscriptions = subscriptions
        self._holders = holders
        self._store = store
        self._trail = trail
        self._asking = asking
        self._reaches_loopback = reaches_loopback
        self._clock = clock

    def public_key(self) -> str:
        """What browsers are subscribed with.

        Raises PushNotConfigured; PushKeyNotReady for the first who asks, once in a deployment.
        """
        if self._asking is None:
            raise PushNotConfigured
        key = self._subscriptions.public_key()
        if key is None or self._clock() >= key.expires_at * 1000:
            self._asking().ask_for_key()
            raise PushKeyNotReady
        return key.text

    def register(
        self, *, caller: Caller, said: Registration, session_id: str, origin: Origin
    ) -> tuple[Subscription, bool]:
        """With whether it is new. A browser that another account had shows its reminders no more.

        Raises PushNotConfigured; InvalidInput if there are too many, or for http.
        """
        if self._asking is None:
            raise PushNotConfigured
        if not said.endpoint.startswith("https:") and not self._reaches_loopback:
            raise InvalidInput("A push service's endpoint must begin with https://")

        def change(known: Known) -> tuple[Subscription, bool]:
            wanted = Subscription.of(
                said, user_id=caller.user_id, session_id=session_id, now=self._clock()
            )
            old = known.subscription
            unit = Unit()
            if old is not None:
                if wanted.says_as_much(old):
                    return old, False
                wanted = wanted.following(old)
            else:
                self._make_room(unit, caller)
                self._note(unit, Act.PUSH_REGISTERED, wanted.user_id, wanted.id, origin)
            self._subscriptions.register(unit, wanted, known=known)
            self._store.commit(unit)
            return wanted, old is None

        def read() -> Known:
            return self._subscriptions.known(user_id=caller.user_id, subscription_id=said.id)

        return repeated(read, change)

    def list(self, *, caller: Caller) -> list[Subscription]:
        """Those that show something, the newest first."""
        alive = self._alive(caller, self._all(caller))
        return sorted(alive, key=lambda one: (one.created_at, one.id), reverse=True)

    def delete(self, *, caller: Caller, subscription_id: str, origin: Origin) -> None:
        """Raises NotFound."""
        if not ids.is_id(subscription_id):
            raise NotFound("Subscription not found")
        unit = Unit()
        self._subscriptions.remove(unit, user_id=caller.user_id, subscription_id=subscription_id)
        self._note(unit, Act.PUSH_REMOVED, caller.user_id, subscription_id, origin)
        self._store.commit(unit)

    def _all(self, caller: Caller) -> Sequence[Subscription]:
        return self._subscriptions.all(user_id=caller.user_id, limit=2 * SUBSCRIPTIONS_MAX)

    def _alive(self, caller: Caller, found: Sequence[Subscription]) -> Sequence[Subscription]:
        now = self._clock()
        holders = {Holder(session_id=one.session_id) for one in found}
        good = self._holders.good(caller.user_id, holders)
        return [
            one
            for one in found
            if Holder(session_id=one.session_id) in good and not one.is_over(now=now)
        ]

    def _make_room(self, unit: Unit, caller: Caller) -> None:
        """By those that have ended. Raises InvalidInput if none has."""
        found = self._all(caller)
        if len(found) < SUBSCRIPTIONS_MAX:
            return
        alive = self._alive(caller, found)
        if len(alive) >= SUBSCRIPTIONS_MAX:
            raise InvalidInput(
                f"Reminders are shown in at most {SUBSCRIPTIONS_MAX} browsers: delete one first"
            )
        for one in found:
            if one not in alive:
                self._subscriptions.forget(unit, one)

    def _note(self, unit: Unit, act: Act, owner: str, about: str, origin: Origin) -> None:
        self._trail.add(unit, act, user_id=owner, actor=owner, origin=origin, about=about)
