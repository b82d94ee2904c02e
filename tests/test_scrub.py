"""What must not leave the machine does not: places, secrets, in text, in HTML and in JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.escape import html
from decom_nb.scrub import HIDDEN, Scrubber


@pytest.fixture
def engagement(tmp_path: Path) -> Path:
    folder = tmp_path / "Acme & Söhne"
    folder.mkdir()
    return folder


def test_paths_in_the_engagement_are_seen_from_it(engagement: Path) -> None:
    scrub = Scrubber(engagement, {})
    for spell in (str, lambda path: str(html(path))):
        assert scrub(f"<code>{spell(engagement)}/evidence/runs.jsonl</code>") == "<code>evidence/runs.jsonl</code>"
        assert scrub(f"in {spell(engagement)}.") == "in Acme &amp; Söhne."


def test_a_path_that_merely_begins_alike_is_another(engagement: Path) -> None:
    assert "Acme" in Scrubber(engagement, {})(f"{engagement}-2/x")


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("/home/ann/work/clients/target/manifest.json", "…/manifest.json"),
        ('"/Users/ann/My Files/a.sql":3', '"…/a.sql":3'),
        ("file:///home/ann/a.sql", "…/a.sql"),
        ("cwd=/home/ann/a.sql:/mnt/b/c", "cwd=…/a.sql:…/c"),
        (r"C:\Users\ann\x\b.yaml is", "…/b.yaml is"),
        ("/mnt/share/acme/billing.csv<", "…/billing.csv<"),
        ("https://example.com/home/page", "https://example.com/home/page"),
        ("GET /api/v2/customers", "GET /api/v2/customers"),
        ("models/home/orders.sql", "models/home/orders.sql"),
        ("and/or, 3/4, </td></tr>", "and/or, 3/4, </td></tr>"),
        ("data:image/png;base64,iVBOR/home/abc/def+/tmp/x==", "data:image/png;base64,iVBOR/home/abc/def+/tmp/x=="),
    ],
)
def test_places_on_a_machine_are_cut_to_the_files_name(engagement: Path, said: str, left: str) -> None:
    assert Scrubber(engagement, {})(said) == left


@pytest.mark.parametrize(
    "secret",
    [
        "AKIAABCDEFGHIJKLMNOP",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "xoxb-1234567890-abcdefghij",
        "dapi0123456789abcdef0123456789abcdef",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefghijk",
    ],
)
def test_what_looks_like_a_secret_is_hidden(engagement: Path, secret: str) -> None:
    assert Scrubber(engagement, {})(f"it was {secret} then") == f"it was {HIDDEN} then"


def test_a_password_in_an_address_is_hidden(engagement: Path) -> None:
    told = Scrubber(engagement, {})("postgres://ann:hunter2@db.example.com/x and PASSWORD=hunter2; y")
    assert "hunter2" not in told
    assert "db.example.com" in told


def test_secrets_of_this_process_are_hidden(engagement: Path) -> None:
    scrub = Scrubber(engagement, {"WAREHOUSE_PASSWORD": 'tr"ee&house', "API_TOKEN": "short", "LANG": "en_US.UTF-8"})
    assert scrub('a tr"ee&house b') == f"a {HIDDEN} b"
    assert scrub(str(html('a tr"ee&house b'))) == f"a {HIDDEN} b"
    assert scrub("short en_US.UTF-8") == "short en_US.UTF-8"


def test_prose_is_left_alone(engagement: Path) -> None:
    prose = "Runs /root cause, home/away, 50/50 — see https://docs.getdbt.com/docs/build/tests?x=1."
    assert Scrubber(engagement, {})(prose) == prose
