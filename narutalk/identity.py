"""Who is asking. Tokens are signed (EdDSA, RFC 8037) by the manager or, on a user's behalf, by the router."""

import os
import secrets
import time
from collections import OrderedDict
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from filelock import FileLock
from pydantic import BaseModel, ConfigDict, SecretStr

from narutalk.errors import ConfigurationError, Unauthenticated
from narutalk.settings import Settings

AUDIENCE = "narutalk-services"
CLOCK_SKEW_SECONDS = 10
INGEST_KEY_FILE = "ingest"
REGION_GROUP_PREFIX = "region:"
"""A group of this name and a region's code limits a person to that region's clients."""
EMPLOYEE_GROUP_PREFIX = "employee:"
"""A group of this name and an employee's id says which employee a person is."""
OWN_CLIENTS_GROUP = "clients:own"
"""A group that limits a person to the clients they look after themselves."""
ANALYST_GROUP = "analyst"
"""A group whose people may ask in SQL."""
INGEST_KEY_BYTES = 32

_SCHEME = "bearer "
LOCK_FILE = ".lock"
LOCK_TIMEOUT_SECONDS = 10
MAX_REMEMBERED_TOKENS = 1024
PEM_BOUNDARY = "-----"


class Issuer(StrEnum):
    """Who may sign tokens."""

    MANAGER = "manager"
    ROUTER = "router"


class Role(StrEnum):
    USER = "user"
    MANAGER = "manager"
    HR = "hr"
    REVIEWER = "reviewer"
    ADMIN = "admin"


class Identity(BaseModel):
    """The verified claims of a caller.

    Attributes:
        user_id: Stable id of the person; owner of threads, runs, documents and memories.
        username: For logs and reports.
        roles: What the person may do.
        groups: Which documents the person may read, beside those for everyone; limits to regions and to
            the person's own clients; and which employee the person is.
        conversation_id: The conversation the call belongs to, if any.
        issuer: Who signed the token that was verified.
    """

    model_config = ConfigDict(frozen=True)

    user_id: str
    username: str
    roles: frozenset[str] = frozenset({Role.USER})
    groups: frozenset[str] = frozenset()
    conversation_id: str | None = None
    issuer: Issuer = Issuer.MANAGER

    def has_role(self, *roles: Role) -> bool:
        """Whether the person has one of the roles; an administrator has all."""
        return Role.ADMIN in self.roles or any(role in self.roles for role in roles)

    @property
    def employee_id(self) -> str | None:
        """The employee this person is, such as ``E0042``; None when no group, or more than one, says it."""
        named = self.named_by_groups(EMPLOYEE_GROUP_PREFIX)
        return next(iter(named)) if len(named) == 1 else None

    def named_by_groups(self, prefix: str) -> frozenset[str]:
        """Return what the groups with a prefix name, in capitals, however the groups are spelled."""
        named = (group for group in self._folded_groups() if group.startswith(prefix))
        return frozenset(group.removeprefix(prefix).strip().upper() for group in named)

    def is_in_group(self, name: str) -> bool:
        """Whether the person is in a group, however it is spelled."""
        return name in self._folded_groups()

    def _folded_groups(self) -> list[str]:
        # A group that is meant to limit a person, but is overlooked for its spelling, would open everything.
        return [group.strip().casefold() for group in self.groups]

    @property
    def store_label(self) -> str:
        """The first label of what the person owns in LangGraph's store.

        The id without what means something there: a period cannot stand in a label, ``*`` would mean any.
        """
        return self.user_id.replace("%", "%25").replace(".", "%2E").replace("*", "%2A")

    # The names of `langgraph_sdk.auth.types.BaseUser`, so that LangGraph takes an identity as its user.

    @property
    def identity(self) -> str:
        return self.user_id

    @property
    def display_name(self) -> str:
        return self.username

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def permissions(self) -> list[str]:
        return sorted(self.roles)


class TokenSigner:
    """Signs short-lived tokens with one issuer's private key.

    Args:
        issuer: Goes into ``iss``, and says which public key verifies the token.
        private_key_pem: PKCS#8, PEM.
        lifetime_seconds: From now to ``exp``.
    """

    def __init__(self, issuer: Issuer, private_key_pem: str, *, lifetime_seconds: int) -> None:
        self._issuer = issuer
        self._key = serialization.load_pem_private_key(private_key_pem.encode(), password=None)
        self._lifetime_seconds = lifetime_seconds

    def sign(self, identity: Identity) -> str:
        """Return a signed token that carries the identity's claims."""
        now = int(time.time())
        claims = {
            "iss": self._issuer.value,
            "aud": AUDIENCE,
            "sub": identity.user_id,
            "name": identity.username,
            "roles": sorted(identity.roles),
            "groups": sorted(identity.groups),
            "iat": now,
            "exp": now + self._lifetime_seconds,
        }
        if identity.conversation_id:
            claims["conversation_id"] = identity.conversation_id
        return jwt.encode(claims, self._key, algorithm="EdDSA")  # type: ignore[arg-type]


class _Verified(NamedTuple):
    identity: Identity
    good_until: float


class TokenVerifier:
    """Verifies tokens; holds public keys only.

    Who calls often sends the same token: what was verified lately is not verified again until it expires.

    Args:
        public_keys_pem: By issuer. A token of an issuer that is not among them is refused.
    """

    def __init__(self, public_keys_pem: dict[Issuer, str]) -> None:
        self._keys = {
            issuer: serialization.load_pem_public_key(pem.encode()) for issuer, pem in public_keys_pem.items()
        }
        self._verified: OrderedDict[str, _Verified] = OrderedDict()

    def verify(self, token: str) -> Identity:
        """Return the claims of a token.

        Raises:
            Unauthenticated: ``token_expired`` or ``token_invalid``.
        """
        known = self._verified.get(token)
        if known and time.time() < known.good_until:
            return known.identity
        verified = self._verify(token)
        self._verified[token] = verified
        if len(self._verified) > MAX_REMEMBERED_TOKENS:
            self._verified.popitem(last=False)
        return verified.identity

    def _verify(self, token: str) -> _Verified:
        try:
            issuer = Issuer(jwt.decode(token, options={"verify_signature": False})["iss"])
            claims = jwt.decode(
                token,
                self._keys[issuer],  # type: ignore[arg-type]
                algorithms=["EdDSA"],
                audience=AUDIENCE,
                issuer=issuer.value,
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": ["exp", "iat", "sub", "iss", "aud"]},
            )
            identity = Identity(
                user_id=claims["sub"],
                username=claims.get("name", claims["sub"]),
                roles=frozenset(claims.get("roles", ())),
                groups=frozenset(claims.get("groups", ())),
                conversation_id=claims.get("conversation_id"),
                issuer=issuer,
            )
            return _Verified(identity, claims["exp"] + CLOCK_SKEW_SECONDS)
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated("The token has expired.", code="token_expired") from error
        except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
            raise Unauthenticated("The token is not valid.", code="token_invalid") from error


class KeyPair(NamedTuple):
    """An Ed25519 key pair in PEM: PKCS#8, and SubjectPublicKeyInfo."""

    private_pem: str
    public_pem: str


def make_key_pair() -> KeyPair:
    """Return a new key pair."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return KeyPair(private.decode(), public.decode())


def make_ingest_key() -> str:
    """Return a new ingest key."""
    return secrets.token_urlsafe(INGEST_KEY_BYTES)


def pem_body(pem: str) -> str:
    """Return what stands between the first and the last line of a PEM: a key on one line, for env files."""
    return "".join(line for line in pem.splitlines() if not line.startswith(PEM_BOUNDARY))


def ensure_keys(settings: Settings) -> None:
    """Make the keys that are missing in the data dir, with mode 0600. Not for production."""
    folder = settings.data_dir / "keys"
    folder.mkdir(parents=True, exist_ok=True)
    # Of several processes that begin on one new data dir, one makes the keys.
    with FileLock(folder / LOCK_FILE, timeout=LOCK_TIMEOUT_SECONDS, mode=0o600):
        if not (folder / INGEST_KEY_FILE).exists():
            _write_secret(folder / INGEST_KEY_FILE, make_ingest_key())
        for issuer in Issuer:
            private_path = _key_path(settings, issuer, "key")
            if not private_path.exists():
                pair = make_key_pair()
                _write_secret(_key_path(settings, issuer, "pub"), pair.public_pem)
                _write_secret(private_path, pair.private_pem)


def ingest_key(settings: Settings) -> SecretStr:
    """Return the secret with which the processes send logs and traces to the manager; it opens nothing else.

    Raises:
        ConfigurationError: It is neither in the settings nor, in dev, in the data dir.
    """
    if settings.ingest_key:
        return settings.ingest_key
    path = settings.data_dir / "keys" / INGEST_KEY_FILE
    if settings.env == "production" or not path.exists():
        raise ConfigurationError(
            "No ingest key: set NARUTALK_INGEST_KEY, or run `narutalk up` once to make one."
        )
    return SecretStr(path.read_text())


def is_ingest_key(settings: Settings, given: str) -> bool:
    """Whether a text is the ingest key, compared in constant time.

    Raises:
        ConfigurationError: As `ingest_key` does.
    """
    expected = ingest_key(settings).get_secret_value()
    return secrets.compare_digest(given.encode(), expected.encode())


def bearer_token(authorization: str) -> str | None:
    """Return the token of an `Authorization` header; None where that is missing or of another scheme."""
    if authorization[: len(_SCHEME)].lower() != _SCHEME:
        return None
    return authorization[len(_SCHEME) :].strip()


def build_signer(settings: Settings, issuer: Issuer) -> TokenSigner:
    """Return the signer of an issuer, from the settings or else from the data dir.

    Raises:
        ConfigurationError: The key is in neither.
    """
    given = {Issuer.MANAGER: settings.manager_private_key, Issuer.ROUTER: settings.router_private_key}[issuer]
    pem = _as_pem(given.get_secret_value(), "PRIVATE") if given else _read_key(settings, issuer, "key")
    return TokenSigner(issuer, pem, lifetime_seconds=settings.token_lifetime_seconds)


def build_verifier(settings: Settings, *issuers: Issuer) -> TokenVerifier:
    """Return a verifier that accepts the issuers.

    Raises:
        ConfigurationError: A public key is neither in the settings nor in the data dir.
    """
    given = {Issuer.MANAGER: settings.manager_public_key, Issuer.ROUTER: settings.router_public_key}
    keys = {}
    for issuer in issuers:
        key = given[issuer]
        keys[issuer] = _as_pem(key, "PUBLIC") if key else _read_key(settings, issuer, "pub")
    return TokenVerifier(keys)


def _as_pem(given: str, kind: str) -> str:
    """Return a key of the settings as PEM; env files give it on one line, without the lines around it."""
    if PEM_BOUNDARY in given:
        return given.replace("\\n", "\n")
    return f"-----BEGIN {kind} KEY-----\n{given.strip()}\n-----END {kind} KEY-----\n"


def _key_path(settings: Settings, issuer: Issuer, suffix: str) -> Path:
    return settings.data_dir / "keys" / f"{issuer.value}.{suffix}"


def _read_key(settings: Settings, issuer: Issuer, suffix: str) -> str:
    path = _key_path(settings, issuer, suffix)
    if settings.env == "production" or not path.exists():
        kind = "PRIVATE" if suffix == "key" else "PUBLIC"
        raise ConfigurationError(
            f"No key: set NARUTALK_{issuer.upper()}_{kind}_KEY, or run `narutalk up` once to make one."
        )
    return path.read_text()


def _write_secret(path: Path, content: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
