"""What DynamoDB has no room for: tried again, it will not be there either.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
"""

import re

from errand.errors import AccountFull, RecordTooLarge

# Of an item collection, 10 GB: only tables with local secondary indexes have that bound. A
# transaction's reason; by itself it is an exception of that name.
_FULL = "ItemCollectionSizeLimitExceeded"
FULL = frozenset({_FULL, f"{_FULL}Exception"})
# A transaction's reason; by itself it is a ValidationException, which is also a defect's. Only the
# message tells what is wrong: "Item size has exceeded …", "Item size to update has exceeded …".
_INVALID = frozenset({"ValidationError", "ValidationException"})
_TOO_LARGE = re.compile(r"Item size (to update )?has exceeded the maximum allowed size")


def no_room(code: str, message: str | None) -> AccountFull | RecordTooLarge | None:
    """What an error means by its code and message; None if it means something else."""
    if code in FULL:
        return AccountFull()
    return RecordTooLarge() if code in _INVALID and _TOO_LARGE.search(message or "") else None
