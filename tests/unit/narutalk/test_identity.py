import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest

from narutalk.errors import ConfigurationError, Unauthenticated
from narutalk.identity import (
    AUDIENCE,
    CLOCK_SKEW_SECONDS,
    Identity,
    Issuer,
    Role,
    TokenSigner,
    build_signer,
    build_verifier,
    ensure_keys,
    make_key_pair,
    pem_body,
)
from narutalk.settings import Settings, load_settings


def test_claims_survive_the_journey(settings: Settings) -> None:
    identity = Identity(
        user_id="7",
        username="김민수",
        roles=frozenset({Role.HR}),
        groups=frozenset({"finance"}),
        conversation_id="c1",
    )
    token = build_signer(settings, Issuer.MANAGER).sign(identity)
    assert build_verifier(settings, Issuer.MANAGER).verify(token) == identity


def test_router_signs_for_the_person(settings: Settings, user: Identity) -> None:
    token = build_signer(settings, Issuer.ROUTER).sign(user)
    verified = build_verifier(settings, Issuer.MANAGER, Issuer.ROUTER).verify(token)
    assert (verified.user_id, verified.issuer) == (user.user_id, Issuer.ROUTER)


def test_an_issuer_that_is_not_accepted_is_refused(settings: Settings, user: Identity) -> None:
    token = build_signer(settings, Issuer.ROUTER).sign(user)
    with pytest.raises(Unauthenticated) as refused:
        build_verifier(settings, Issuer.MANAGER).verify(token)
    assert refused.value.code == "token_invalid"


def test_one_issuer_cannot_sign_as_the_other(settings: Settings, user: Identity) -> None:
    router_key = (settings.data_dir / "keys" / "router.key").read_text()
    forged = TokenSigner(Issuer.MANAGER, router_key, lifetime_seconds=60).sign(user)
    with pytest.raises(Unauthenticated):
        build_verifier(settings, Issuer.MANAGER, Issuer.ROUTER).verify(forged)


def test_expired_tokens_say_so(settings: Settings, user: Identity) -> None:
    key = (settings.data_dir / "keys" / "manager.key").read_text()
    expired = TokenSigner(Issuer.MANAGER, key, lifetime_seconds=-60).sign(user)
    with pytest.raises(Unauthenticated) as refused:
        build_verifier(settings, Issuer.MANAGER).verify(expired)
    assert refused.value.code == "token_expired"


def test_a_token_that_was_verified_before_expires_all_the_same(settings: Settings, user: Identity) -> None:
    key = (settings.data_dir / "keys" / "manager.key").read_text()
    verifier = build_verifier(settings, Issuer.MANAGER)
    token = TokenSigner(Issuer.MANAGER, key, lifetime_seconds=2 - CLOCK_SKEW_SECONDS).sign(user)
    assert verifier.verify(token) is verifier.verify(token)

    def go_on() -> None:
        while verifier.verify(token):
            time.sleep(0.01)

    with pytest.raises(Unauthenticated) as refused:
        go_on()
    assert refused.value.code == "token_expired"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_garbage_is_refused(settings: Settings, token: str) -> None:
    with pytest.raises(Unauthenticated):
        build_verifier(settings, Issuer.MANAGER).verify(token)


def test_unsigned_and_symmetric_tokens_are_refused(settings: Settings) -> None:
    claims = {
        "iss": "manager",
        "aud": AUDIENCE,
        "sub": "1",
        "iat": int(time.time()),
        "exp": int(time.time()) + 60,
    }
    verifier = build_verifier(settings, Issuer.MANAGER)
    for token in (
        jwt.encode(claims, None, algorithm="none"),
        jwt.encode(claims, "x" * 32, algorithm="HS256"),
    ):
        with pytest.raises(Unauthenticated):
            verifier.verify(token)


def test_keys_are_made_once_and_only_for_their_owner(settings: Settings) -> None:
    before = {path.name: path.read_bytes() for path in (settings.data_dir / "keys").iterdir()}
    ensure_keys(settings)
    for path in (settings.data_dir / "keys").iterdir():
        assert path.read_bytes() == before[path.name]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_keys_the_error_says_what_to_set(tmp_path) -> None:
    with pytest.raises(ConfigurationError, match="NARUTALK_MANAGER_PUBLIC_KEY"):
        build_verifier(load_settings(data_dir=tmp_path), Issuer.MANAGER)


def test_keys_of_the_settings_may_stand_on_one_line(tmp_path: Path, user: Identity) -> None:
    manager, router = make_key_pair(), make_key_pair()
    one_line = load_settings(
        data_dir=tmp_path,
        manager_private_key=pem_body(manager.private_pem),
        manager_public_key=pem_body(manager.public_pem),
    )
    escaped = load_settings(
        data_dir=tmp_path,
        manager_public_key=manager.public_pem.replace("\n", "\\n"),
        router_public_key=router.public_pem,
    )
    token = build_signer(one_line, Issuer.MANAGER).sign(user)
    assert build_verifier(one_line, Issuer.MANAGER).verify(token) == user
    assert build_verifier(escaped, Issuer.MANAGER, Issuer.ROUTER).verify(token) == user


def test_one_of_several_processes_makes_the_keys(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "new")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ensure_keys, [settings] * 8))
    token = build_signer(settings, Issuer.ROUTER).sign(Identity(user_id="1", username="a"))
    assert build_verifier(settings, Issuer.ROUTER).verify(token).user_id == "1"
