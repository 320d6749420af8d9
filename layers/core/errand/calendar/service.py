"""What a person can do with their calendar feeds."""

from collections.abc import Sequence

from errand import ids, opaque
from errand.calendar.model import FEEDS_MAX, Feed
from errand.calendar.ports import FeedRepository
from errand.calendar.schemas import FeedCreate, new_feed_json
from errand.clock import Clock
from errand.errors import InvalidInput, InvalidToken, NotFound
from errand.identity.accounts.model import Account
from errand.identity.accounts.ports import AccountRepository
from errand.identity.accounts.reauthentication import Reauthentication
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.origin import Origin
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
from errand.storage.unit import Store, Unit, repeated


class FeedService:
    def __init__(
        self,
        *,
        accounts: AccountRepository,
        feeds: FeedRepository,
        store: Store,
        trail: AuditTrail,
        reauthentication: Reauthentication,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._feeds = feeds
        self._store = store
        self._trail = trail
        self._reauthentication = reauthentication
        self._clock = clock

    def create(
        self, *, caller: Caller, new: FeedCreate, origin: Origin, receipt: Receipt | None = None
    ) -> tuple[Feed, str]:
        """And the token that its address has.

        Raises SessionRequired, IncorrectPassword, TooManyAttempts; InvalidInput if there are too
        many; AnsweredBefore for a receipt.
        """
        password = new.current_password.get_secret_value()
        check = self._reauthentication.asking(password, caller=caller, origin=origin)
        token = opaque.make(caller.user_id, ids.new_id())

        def create(account: Account) -> Feed:
            check(account)
            now = self._clock()
            check_unanswered(receipt, owner=account.id, now=now)
            feed = Feed(
                id=token.ids[1],
                user_id=account.id,
                name=new.name,
                digest=token.digest,
                # What ended with all others was made before, whatever the clocks say.
                created_at=max(now, (account.tokens_from or 0) + 1),
            )
            if len(self._good(account)) >= FEEDS_MAX:
                raise InvalidInput(f"An account has at most {FEEDS_MAX} feeds: revoke one first")
            unit = Unit()
            self._feeds.add(unit, feed)
            # Makes another version of it: of two who counted the same feeds, one counts again.
            self._accounts.change(unit, account, {}, now=now)
            answer = new_feed_json(feed, None)
            commit_once_with(unit, receipt, owner=account.id, answer=answer, now=now)
            self._commit(unit, Act.FEED_CREATED, caller, feed.id, origin)
            return feed

        return repeated(lambda: self._account(caller), create), token.text

    def list(self, *, caller: Caller) -> Sequence[Feed]:
        """All, newest first."""
        return self._good(self._account(caller))

    def revoke(self, *, caller: Caller, feed_id: str, origin: Origin) -> None:
        """Raises NotFound."""
        if not ids.is_id(feed_id):
            raise NotFound("Feed not found")
        unit = Unit()
        self._feeds.remove(unit, user_id=caller.user_id, feed_id=feed_id)
        self._commit(unit, Act.FEED_REVOKED, caller, feed_id, origin)

    def _account(self, caller: Caller) -> Account:
        account = self._accounts.read(caller.user_id)
        if account is None:
            raise InvalidToken
        return account

    def _good(self, account: Account) -> Sequence[Feed]:
        # Those that ended are older than all others.
        newest = self._feeds.newest(user_id=account.id, limit=FEEDS_MAX)
        return [feed for feed in newest if not feed.has_ended(account)]

    def _commit(self, unit: Unit, act: Act, caller: Caller, feed_id: str, origin: Origin) -> None:
        self._trail.add(
            unit,
            act,
            user_id=caller.user_id,
            actor=caller.user_id,
            origin=origin,
            about=feed_id,
        )
        self._store.commit(unit)
