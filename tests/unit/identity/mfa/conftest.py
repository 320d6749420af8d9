"""Ada before, while and after she switches the second step on."""

import pytest

from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.mfa import Owner


@pytest.fixture
def ada(fake: FakeDynamo, clock: ManualClock) -> Owner:  # noqa: ARG001 - it is on it
    return Owner(clock)


@pytest.fixture
def enrolled(ada: Owner) -> Owner:
    """Not confirmed."""
    ada.enrol()
    return ada


@pytest.fixture
def codes(enrolled: Owner) -> list[str]:
    """The recovery codes of a factor that was switched on a minute ago."""
    codes = enrolled.confirm(enrolled.shown())
    enrolled.clock.advance(seconds=60)
    return codes


@pytest.fixture
def protected(enrolled: Owner, codes: list[str]) -> Owner:
    assert codes
    return enrolled
