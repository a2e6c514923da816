"""Certificates for tests, made with openssl where they are needed: an authority, and what it signs."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.loopback import program

HERE = "IP:127.0.0.1"


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, each in a PEM file."""

    cert: Path
    key: Path

    def both(self) -> str:
        """Key and certificate in one text, as Kafka takes them."""
        return self.key.read_text("utf-8") + self.cert.read_text("utf-8")


class Authority:
    """A certificate authority with its files in `folder`."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self.folder = folder
        self.own = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
        key = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(self.own.key)]
        _openssl("req", "-x509", *key, "-subj", f"/CN={name}", "-days", "2", "-out", str(self.own.cert))

    @property
    def cert(self) -> Path:
        """What those who trust it must have."""
        return self.own.cert

    def sign(self, name: str, *, host: str = HERE, days: int = 2) -> Certificate:
        """Make a certificate for `host`. With negative `days` it has expired."""
        made = Certificate(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={host}", "utf-8")
        key = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(made.key)]
        _openssl("req", *key, "-subj", f"/CN={name}", "-out", str(request))
        signing = ["-CA", str(self.own.cert), "-CAkey", str(self.own.key), "-CAcreateserial"]
        valid = ["-days", str(days), "-extfile", str(extensions)]
        _openssl("x509", "-req", "-in", str(request), *signing, *valid, "-out", str(made.cert))
        return made


def _openssl(*words: str) -> None:
    subprocess.run([program("openssl"), *words], check=True, timeout=60, capture_output=True)
