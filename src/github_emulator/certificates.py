"""A certificate authority of this process and a certificate for loopback."""

from __future__ import annotations

import atexit
import functools
import ipaddress
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    authority: Path  # what a client must trust
    chain: Path  # what the server shows
    key: Path


@functools.cache
def loopback() -> Certificates:
    """Certificates for 127.0.0.1, ::1 and localhost; they are removed when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="github-emulator-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    root_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name("GitHub emulator authority")
    root = _sign(_builder(root_name, root_name, root_key).add_extension(_BASIC, critical=True), root_key)
    server = _sign(
        _builder(_name("GitHub emulator"), root_name, server_key).add_extension(_ADDRESSES, critical=False), root_key
    )
    files = Certificates(authority=folder / "ca.pem", chain=folder / "chain.pem", key=folder / "key.pem")
    files.authority.write_bytes(root.public_bytes(Encoding.PEM))
    files.chain.write_bytes(server.public_bytes(Encoding.PEM))
    files.key.write_bytes(server_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


_BASIC = x509.BasicConstraints(ca=True, path_length=0)
_ADDRESSES = x509.SubjectAlternativeName(
    [
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
        x509.DNSName("localhost"),
    ]
)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _sign(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return builder.add_extension(issuer, critical=False).sign(key, hashes.SHA256())
