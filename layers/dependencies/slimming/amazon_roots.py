"""The certificates by which a client knows AWS, taken from certifi's 140: 19 times faster to read.

https://www.amazontrust.com/repository/ says that all of AWS's endpoints lead to one of these.
errand/aws/trust.py names the file to botocore, and says where they do not.
"""

import ssl
import time
from pathlib import Path
from ssl import DER_cert_to_PEM_cert, SSLContext

ROOTS = frozenset(
    {
        "Amazon Root CA 1",
        "Amazon Root CA 2",
        "Amazon Root CA 3",
        "Amazon Root CA 4",
        "Starfield Services Root Certificate Authority - G2",
    }
)
FILE = "botocore/amazon_roots.pem"
_MARGIN = 365 * 86400  # seconds: long before a deployment could meet it


def write_roots(root: Path) -> None:
    """Raises ValueError where certifi no longer has one of them, or it soon expires."""
    context = SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(root / "certifi/cacert.pem")
    found = {}
    for facts, certificate in zip(
        context.get_ca_certs(), context.get_ca_certs(binary_form=True), strict=True
    ):
        name = _common_name(facts["subject"])
        if name in ROOTS and ssl.cert_time_to_seconds(str(facts["notAfter"])) > (
            time.time() + _MARGIN
        ):
            found[name] = DER_cert_to_PEM_cert(certificate)
    if missing := ROOTS - found.keys():
        raise ValueError(f"certifi has no {sorted(missing)} that can be used for another year")
    (root / FILE).write_text("".join(found[name] for name in sorted(found)))


def _common_name(subject: object) -> str:
    """As `ssl` writes names: parts of pairs."""
    names = dict(pair for part in subject for pair in part)  # type: ignore[attr-defined]
    return str(names.get("commonName"))
