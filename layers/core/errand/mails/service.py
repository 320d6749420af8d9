"""What whoever reads a mail can do about the next one, without a log-in."""

from errand.clock import Clock
from errand.errors import NotFound
from errand.identity.accounts.model import Account, MailTopic, without
from errand.identity.accounts.ports import AccountRepository
from errand.mails.model import UnsubscribeToken
from errand.mails.ports import LinkTokens
from errand.storage.unit import Store, Unit, repeated


class UnsubscribeService:
    def __init__(
        self,
        *,
        accounts: AccountRepository,
        tokens: LinkTokens[UnsubscribeToken],
        store: Store,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._store = store
        self._clock = clock

    def topic(self, *, token: str) -> MailTopic:
        """What the mail with the token was about. Raises NotFound."""
        return self._tokens.find(token, now=self._clock()).topic

    def unsubscribe(self, *, token: str) -> MailTopic:
        """Once: who subscribed again is not unsubscribed by an old mail. Raises NotFound."""

        def change(found: tuple[UnsubscribeToken, Account]) -> MailTopic:
            kept, account = found
            if kept.used_at is None:
                now = self._clock()
                unit = Unit()
                self._tokens.spend(unit, kept, now=now)
                if getattr(account, kept.topic):
                    self._accounts.change(unit, account, without(kept.topic), now=now)
                self._store.commit(unit)
            return kept.topic

        return repeated(lambda: self._read(token), change)

    def _read(self, token: str) -> tuple[UnsubscribeToken, Account]:
        found = self._tokens.find(token, now=self._clock())
        account = self._accounts.read(found.user_id)
        if account is None:
            raise NotFound("There is no such account any more")
        return found, account
