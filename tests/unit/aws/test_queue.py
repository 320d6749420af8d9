"""When a message comes that is not to come yet."""

import pytest

from errand.aws.queue import DELAY_MAX, delay


@pytest.mark.parametrize(
    ("ahead", "seconds"), [(-1, 0), (0, 0), (1, 1), (1000, 1), (1001, 2), (10**9, DELAY_MAX)]
)
def test_message_is_kept_back_until_it_is_time_or_as_long_as_can_be(
    ahead: int, seconds: int
) -> None:
    assert delay(1_000_000 + ahead, 1_000_000) == seconds
