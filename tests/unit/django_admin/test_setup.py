"""A fresh data dir: keys, database, first administrator; and what production refuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from django_admin.accounts.identity import identity_of
from django_admin.accounts.models import User, validate_roles
from django_admin.config.databases import database_config
from django_admin.config.secret import secret_key
from django_admin.setup import prepare
from narutalk.errors import ConfigurationError
from narutalk.settings import Settings, load_settings
from tests.fakes.manager import make_user


def _setup(data_dir: Path, **environment: str) -> dict[str, object]:
    command = [sys.executable, "-m", "django_admin.setup", "--data-dir", str(data_dir)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    done = subprocess.run(
        command, env={**clean, **environment}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


@pytest.mark.slow
def test_prepares_a_data_dir_once(tmp_path: Path) -> None:
    first = _setup(tmp_path / "new", NARUTALK_ADMIN_USERNAME="chief")
    again = _setup(tmp_path / "new", NARUTALK_ADMIN_USERNAME="other")

    assert (first["username"], first["created"]) == ("chief", True)
    assert len(str(first["password"])) >= 16
    assert again == {"username": "chief", "password": None, "created": False}
    for name in ("django-secret", "manager.key", "router.key"):
        assert (tmp_path / "new" / "keys" / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new" / "manager.db").exists()


@pytest.mark.slow
def test_takes_the_given_password(tmp_path: Path) -> None:
    assert _setup(tmp_path, NARUTALK_ADMIN_PASSWORD="given by hand")["password"] == "given by hand"


def test_the_secret_stays_the_same(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)

    assert secret_key(settings) == secret_key(settings)
    assert secret_key(load_settings(data_dir=tmp_path, secret_key="given")) == "given"
    with pytest.raises(ConfigurationError, match="NARUTALK_SECRET_KEY"):
        secret_key(Settings(data_dir=tmp_path, env="production"))


def test_postgresql_is_pooled(tmp_path: Path) -> None:
    config = database_config(
        load_settings(database_url="postgresql+psycopg://ann:pw@db:5433/narutalk?sslmode=require")
    )

    assert (config["ENGINE"], config["HOST"], config["NAME"]) == (
        "django.db.backends.postgresql",
        "db",
        "narutalk",
    )
    assert config["OPTIONS"]["sslmode"] == "require"
    assert config["OPTIONS"]["pool"]["max_size"] == 10


@pytest.mark.django_db
def test_identity_of_a_person() -> None:
    user = make_user("ann", roles=["hr"])
    user.groups.create(name="compliance")
    admin = make_user("root", is_superuser=True)

    identity = identity_of(user, conversation_id="c")

    assert (identity.user_id, identity.username, identity.conversation_id) == (str(user.pk), "ann", "c")
    assert identity.roles == {"user", "hr"}
    assert identity.groups == {"compliance"}
    assert identity_of(admin).roles == {"user", "admin"}


@pytest.mark.parametrize("roles", ["hr", ["admin"], ["user"], ["boss"], {"hr": True}, [["hr"]]])
def test_refuses_roles_that_cannot_be_granted(roles: object) -> None:
    with pytest.raises(ValidationError):
        validate_roles(roles)


@pytest.mark.django_db
def test_groups_are_made_at_the_first_start_only(settings: Settings) -> None:
    assert prepare(settings, groups=["finance", "region:SEO"])["created"]
    Group.objects.filter(name="finance").delete()
    assert not prepare(settings, groups=["finance", "region:SEO"])["created"]
    assert set(Group.objects.values_list("name", flat=True)) == {"region:SEO"}


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    assert User._meta.db_table == "accounts_user"
