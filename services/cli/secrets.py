"""The secrets of an installation, made once."""

import secrets
import sys

from narutalk.identity import Issuer, make_ingest_key, make_key_pair, pem_body

SECRET_BYTES = 48
PASSWORD_BYTES = 18


def make_secrets() -> dict[str, str]:
    """Return new secrets by variable, all that production asks for: each is one line, and safe in a URL."""
    made = {
        "NARUTALK_SECRET_KEY": secrets.token_urlsafe(SECRET_BYTES),
        "NARUTALK_INGEST_KEY": make_ingest_key(),
    }
    for issuer in Issuer:
        pair = make_key_pair()
        made[f"NARUTALK_{issuer.upper()}_PRIVATE_KEY"] = pem_body(pair.private_pem)
        made[f"NARUTALK_{issuer.upper()}_PUBLIC_KEY"] = pem_body(pair.public_pem)
    made["POSTGRES_PASSWORD"] = secrets.token_urlsafe(PASSWORD_BYTES)
    made["NARUTALK_ADMIN_PASSWORD"] = secrets.token_urlsafe(PASSWORD_BYTES)
    return made


def print_secrets() -> None:
    """Print new secrets as an env file: for production, where `narutalk up` makes none itself."""
    for name, value in make_secrets().items():
        sys.stdout.write(f"{name}={value}\n")
