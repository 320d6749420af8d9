"""An authority made for one run, what it signs for the local AWS, and who trusts it.

As in front of AWS: RSA keys of 2048 bits, and an intermediate authority between root and server.
"""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import NameOID
from tests.benchmarks.artifacts import Artifact

_DAY = timedelta(days=1)
_BEGIN = b"-----BEGIN CERTIFICATE-----"
_MARK = b"\n# Of the benchmarks\n"
_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class _Certified:
    """A certificate and the key it is about."""

    certificate: x509.Certificate
    key: RSAPrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """`root` is PEM; `server` is what a server of this host name presents."""

    root: bytes
    server: ssl.SSLContext

    @classmethod
    def made_for(cls, host: str, directory: Path) -> Self:
        """The key goes through a file in `directory`: ssl takes it from nowhere else."""
        root = _issue("Benchmark Root CA")
        between = _issue("Benchmark RSA 2048", by=root)
        leaf = _issue(host, by=between, is_host=True)
        key = leaf.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        directory.mkdir(parents=True, exist_ok=True)
        file = directory / "server.pem"
        file.write_bytes(key + leaf.pem + between.pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return cls(root=root.pem, server=context)

    def trust(self, artifact: Artifact) -> None:
        """One root more in each bundle that `artifact` brings along, whichever it reads."""
        for directory in artifact.directories:
            for file in directory.parent.rglob("*.pem"):
                roots, _, _ = file.read_bytes().partition(_MARK)
                if _BEGIN in roots:
                    file.write_bytes(roots + _MARK + self.root)


def _issue(name: str, *, by: _Certified | None = None, is_host: bool = False) -> _Certified:
    """Without `by` it signs itself."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signing = (by.certificate.subject, by.key) if by else (subject, key)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
        .add_extension(x509.BasicConstraints(ca=not is_host, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()),
            critical=False,
        )
    )
    if is_host:
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        builder = builder.add_extension(names, critical=False)
    else:
        builder = builder.add_extension(_SIGNS, critical=True)
    return _Certified(builder.sign(signing, hashes.SHA256()), key)
