"""Items as older releases wrote them, of every kind that has had more than one shape.

An example is what that code wrote, with names made up: it is added with the shape, and stays.
"""

from typing import Any, NamedTuple

from errand.storage.kinds import CHANGE, Kind

_USER = "06h04oaa3dpa700lnaafu6cr40"
_SESSION = "06h1pphv0hu0hal4i7qfs68u3o"
_CHANGE: dict[str, Any] = {
    "pk": {"S": f"USER#{_USER}"},
    "sk": {"S": "CHANGE#000000000000002"},
    "at": {"N": "1795781181000"},
    "a": {"S": "created"},
    "k": {"S": "PROJECT#06h1pphve5oj1aug5e6vhcm540"},
    "v": {"N": "1"},
    "w": {"S": '{"nm":{"S":"Garden"},"ca":{"N":"1795781181297"}}'},
    "st": {"S": "2026-11-27T12:05:56.314Z"},
    "sq": {"S": "000000017957811813130000000005"},
    "rk": {"S": f"{_USER}#06h1pphve5oj1aug5e6vhcm540"},
    "expires_at": {"N": "1827403581"},
}


class Older(NamedTuple):
    """`now`: the attributes that are others in today's shape."""

    kind: Kind
    shape: int
    item: dict[str, Any]
    now: dict[str, Any]


OLDER = (
    # As of 5def3e6, and as of the commits behind it.
    Older(
        CHANGE,
        1,
        {**_CHANGE, "by": {"S": f"{_USER}/s{_SESSION}"}},
        {"by": {"S": f"s{_SESSION}/{_USER}"}},
    ),
    Older(CHANGE, 1, {**_CHANGE, "by": {"S": f"s{_SESSION}/{_USER}"}}, {}),
    # Of nobody.
    Older(CHANGE, 1, _CHANGE, {}),
)
