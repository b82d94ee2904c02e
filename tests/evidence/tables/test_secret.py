from __future__ import annotations

import sys
from types import SimpleNamespace
from unittest import mock
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decom_nb.evidence.tables import Tables, TableSource
from decom_nb.evidence.tables.secret import SERVICE, Secrets, holds_secret, redacted
from tests.evidence.tables.made import wrong

SECRET = "Tr0ub4dor&3"


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://ann:{SECRET}@db/shop",
        f"cannot connect to postgresql://:{SECRET}@db",
        f"host=db password={SECRET} user=ann",
        f"host=db password='{SECRET}' user=ann",
        f'"password": "{SECRET}"',
        f"AccountKey={SECRET};EndpointSuffix=core",
        f"AWS_SECRET_ACCESS_KEY={SECRET}",
        f"https://x/y?sig={SECRET}&se=2026",
        f"s3://b/k?s3_secret_access_key={SECRET}",
        f"https://x/y?X-Amz-Signature={SECRET}",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    assert SECRET not in redacted(text)
    if "://" in text and not text.startswith("cannot"):  # as a path may be written
        assert holds_secret(text)


@pytest.mark.parametrize(
    "text", ["evidence/orders.csv", "s3://lake/orders/day=1/*.parquet", "postgresql://ann@db:5432/shop", "a=b.csv"]
)
def test_what_holds_none_is_left_alone(text: str) -> None:
    assert redacted(text) == text
    assert not holds_secret(text)


@given(st.text(min_size=3, max_size=30).filter(lambda text: text.strip() == text and "•" not in text))
def test_a_known_secret_is_hidden_in_every_spelling(secret: str) -> None:
    secrets = Secrets({"X": f"postgresql://ann:{quote(secret, safe='')}@db/shop"})
    secrets.connection("X")
    for spelling in (secret, quote(secret, safe=""), secret.replace("\\", "\\\\").replace("'", "\\'")):
        assert spelling not in secrets.hidden(f"<{spelling}>").replace("•••", "")
    assert secret not in repr(secrets)


def test_a_path_with_a_password_is_refused_and_not_repeated() -> None:
    with Tables([TableSource(name="o", path=f"postgresql://ann:{SECRET}@db/shop", table="orders"),
                 TableSource(path=f"s3://lake/x.parquet?secret={SECRET}")]) as tables:  # fmt: skip
        mistake = wrong(tables, "o")
        assert mistake.key == "o.path"
        assert "password" in mistake.what
        assert "`connection`" in mistake.instead
        assert SECRET not in str(tables.mistakes) + str(tables.names)


def test_a_connection_is_taken_from_the_environment_before_the_keyring() -> None:
    asked = []
    fake = SimpleNamespace(get_password=lambda service, name: asked.append((service, name)) or "from the keyring")
    with mock.patch.dict(sys.modules, {"keyring": fake}):
        assert Secrets({"X": "from the environment"}).connection("X") == "from the environment"
        assert asked == []
        assert Secrets({}).connection("X") == "from the keyring"
        assert asked == [(SERVICE, "X")]


def test_without_a_keyring_there_is_no_entry() -> None:
    def refuses(*_: str) -> str:
        raise RuntimeError("no backend")

    with mock.patch.dict(sys.modules, {"keyring": None}):
        assert Secrets({}).connection("X") == ""
    with mock.patch.dict(sys.modules, {"keyring": SimpleNamespace(get_password=refuses)}):
        assert Secrets({}).connection("X") == ""
