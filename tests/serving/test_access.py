"""The token opens, nothing like it does, and no address leads away from the server."""

from __future__ import annotations

import pytest

from decom_nb.serving.access import Access, from_header, is_local, new_token, without_token

ACCESS = Access("a-token", 8866)


def test_only_the_token_opens() -> None:
    assert ACCESS.opens("a-token")
    for wrong in ("", "a-toke", "a-token ", "A-TOKEN", "a-token\0", "\udcff", ACCESS.cookie):
        assert not ACCESS.opens(wrong)


def test_the_cookie_opens_and_gives_the_token_away_to_nobody() -> None:
    assert ACCESS.knows(ACCESS.cookie)
    assert not ACCESS.knows(None)
    assert not ACCESS.knows("a-token")
    assert "a-token" not in ACCESS.cookie
    assert ACCESS.cookie != Access("another").cookie


def test_two_servers_on_one_host_keep_two_cookies() -> None:
    assert ACCESS.cookie_name != Access("a-token", 8867).cookie_name


def test_the_token_is_not_shown_by_accident() -> None:
    assert "a-token" not in repr(ACCESS)


def test_an_open_server_knows_everybody_but_answers_to_its_own_names_only() -> None:
    access = Access(None)
    assert access.knows(None)
    assert access.opens("anything")
    assert all(access.meets(host) for host in ("localhost:8866", "127.0.0.1", "127.0.0.1:1", "[::1]:8866", "LOCALHOST"))
    assert not any(access.meets(host) for host in ("rebound.example:8866", "localhost.rebound.example", "10.0.0.1", ""))
    assert Access(None, local_only=False).meets("dashboards.example")
    assert Access("a-token").meets("dashboards.example")


def test_tokens_are_long_and_differ() -> None:
    assert new_token() != new_token()
    assert len(new_token()) >= 43


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer x", "x"), ("token x", "x"), ("TOKEN  x ", "x"), ("Basic x", None), ("x", None), ("", None), (None, None)],
)
def test_a_token_in_a_header(header: str | None, token: str | None) -> None:
    assert from_header(header) == token


@pytest.mark.parametrize(
    "uri",
    [
        "//x.example",
        "///x.example",
        "/\\x.example",
        "\\\\x.example",
        "https://x.example",
        "javascript:alert(1)",
        "",
        "/a\r\nX: y",
    ],
)
def test_no_address_leads_elsewhere(uri: str) -> None:
    place = without_token(uri)
    assert place.startswith("/")
    assert not place.startswith(("//", "/\\"))
    assert not any(sign in place for sign in "\\\r\n")


def test_everything_but_the_token_stays_in_an_address() -> None:
    assert without_token("/d/00?engagement=a%2Fb&token=t&x=&token=u") == "/d/00?engagement=a%2Fb&x="
    assert without_token("/reports/a%20b") == "/reports/a%20b"


def test_what_is_local() -> None:
    assert all(map(is_local, ("127.0.0.1", "127.1.2.3", "::1", "localhost")))
    assert not any(map(is_local, ("0.0.0.0", "::", "192.168.0.1", "example.org", "")))
