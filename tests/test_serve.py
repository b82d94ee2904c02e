"""`decom serve` shows what it should, to whom it should, and to nobody else."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("voila", reason="needs the extra serve")

from decom_nb.errors import InputError, MissingExtra
from decom_nb.serve import _warnings, serve
from tests.serving.served import NASTY, TOKEN, Answer, Served, alive, engagement, gone, notebooks, serving

LIMITS = "Limits(ready=1, most=2, patience=0.6)"


class _Code(str):
    def __repr__(self) -> str:
        return str(self)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return notebooks(tmp_path_factory.mktemp("served") / "notebooks")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make engagements with traps in them, and one outside that nobody may see."""
    root = tmp_path_factory.mktemp("served") / "root"
    acme = engagement(root / "acme", NASTY, "Acme & Söhne", low=41.2, high=73.9)
    engagement(root / "north" / "two", "Two")
    outside = engagement(root.parent / "outside", "Outside", low=10)
    (outside / "deliverables").mkdir()
    (outside / "deliverables" / "report.html").write_text("outside's report")
    (root / "link").symlink_to(outside)
    (acme / "deliverables").mkdir()
    (acme / "deliverables" / "report.html").write_text("<!doctype html><title>r</title><script>1</script>acme's report")
    (acme / "deliverables" / "report-of-others.html").symlink_to(outside / "deliverables" / "report.html")
    os.utime(acme / "deliverables" / "report.html", (1, 1))
    # None of these may ever run.
    for trap in ("voila.py", "altair.py", "jupyter_server_config.py"):
        (acme / trap).write_text(f"open({str(root / 'sprung')!r}, 'w')")
    (acme / "voila.json").write_text(json.dumps({"Voila": {"token": "", "ip": "0.0.0.0"}}))
    (acme / "notebooks").mkdir()
    (acme / "notebooks" / "00_start.ipynb").write_text("the engagement's own")
    return root


@pytest.fixture(scope="module")
def served(root: Path, folder: Path) -> Iterator[Served]:
    with serving(root, folder, root.parent / "log", limits=_Code(LIMITS)) as server:
        yield server
    assert not (root / "sprung").exists(), "code in an engagement was run"
    assert TOKEN not in server.log.read_text("utf-8"), "the token was logged"


def number(answer: Answer, name: str = "pid") -> int:
    found = re.search(rf"{name}=(\d+)", answer.text)
    assert found, answer.text
    return int(found[1])


# Who may look

KERNEL = "90685335-b4f7-407f-9574-34b147cd6448"
ROUTES = [
    "/",
    "/dashboards/00_start?engagement=acme",
    "/voila/render/00_start.ipynb?engagement=acme",
    "/reports/acme",
    "/static/decom.css",
    "/static/vega.js",
    "/nonsense",
    # what Voila and Jupyter would answer
    "/voila/files/acme/engagement.yaml",
    "/voila/static/voila.js",
    "/voila/templates/lab/static/index.css",
    "/voila/api/contents",
    f"/voila/query/{KERNEL}",
    f"/voila/api/shutdown/{KERNEL}",
    "/api/kernels",
    f"/api/kernels/{KERNEL}",
    f"/api/kernels/{KERNEL}/channels",
]


@pytest.mark.parametrize("path", ROUTES)
def test_without_the_token_every_address_gives_the_login_page_and_nothing_else(served: Served, path: str) -> None:
    answer = served.get(path)
    assert answer.status == 401
    assert "ask for a token" in answer.text
    assert "Acme" not in answer.text
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ROUTES)
def test_a_wrong_token_is_refused_with_a_sentence(served: Served, path: str) -> None:
    joint = "&" if "?" in path else "?"
    asked = [
        served.get(path, {"Authorization": "Bearer wrong"}),
        served.get(path, {"Authorization": "token "}),
        served.get(f"{path}{joint}token=wrong"),
        served.get(f"{path}{joint}token="),
    ]
    for answer in asked:
        assert answer.status == 403
        assert "This is not the token." in answer.text
        assert "Acme" not in answer.text
    assert served.get(path, {"Cookie": f"decom-{served.port}=wrong"}).status == 401


@pytest.mark.parametrize(
    "path",
    [path for path in ROUTES if path.startswith(("/voila/f", "/voila/s", "/voila/t", "/voila/a", "/voila/q", "/api"))],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_voila_and_jupyter_would_answer_is_not_there_even_with_the_token(
    served: Served, path: str, method: str
) -> None:
    answer = served.get(path, {"Authorization": f"token {TOKEN}"}, method=method)
    assert answer.status in (404, 405)
    assert "engagement.yaml" not in answer.text


@pytest.mark.parametrize("scheme", ["Bearer", "token"])
def test_the_token_opens_by_header(served: Served, scheme: str) -> None:
    assert served.get("/", {"Authorization": f"{scheme} {TOKEN}"}).status == 200


def test_the_token_in_an_address_becomes_a_cookie_and_leaves_the_address(served: Served) -> None:
    answer = served.get(f"/reports/acme?token={TOKEN}&x=1")
    assert (answer.status, answer.headers["Location"]) == (303, "/reports/acme?x=1")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in cookie
    assert served.get("/reports/acme", {"Cookie": cookie.split(";")[0]}).status == 200


def test_a_link_from_another_site_gets_by_without_a_redirect(served: Served) -> None:
    cross = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    answer = served.get(f"/?token={TOKEN}", cross)
    assert answer.status == 200
    assert 'content="0;url=/"' in answer.text
    assert "Set-Cookie" in answer.headers
    again = served.get("/reports/acme", cross)
    assert again.status == 401
    assert 'content="0;url=/reports/acme"' in again.text


def test_the_login_page_takes_the_token(served: Served) -> None:
    answer = served.get("/login?next=%2Freports%2Facme", method="POST", body=f"token={TOKEN}")
    assert (answer.status, answer.headers["Location"]) == (303, "/reports/acme")
    wrong = served.get("/login", method="POST", body="token=wrong")
    assert wrong.status == 403
    assert "This is not the token." in wrong.text
    assert "Set-Cookie" not in wrong.headers


@pytest.mark.parametrize(
    "place", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example/", "\\\\elsewhere.example"]
)
def test_the_login_page_leads_nowhere_else(served: Served, place: str) -> None:
    from urllib.parse import quote

    answer = served.get(f"/login?next={quote(place, safe='')}", method="POST", body=f"token={TOKEN}")
    assert answer.headers["Location"].startswith("/")
    assert not answer.headers["Location"].startswith(("//", "/\\"))


def test_every_answer_carries_the_strict_headers(served: Served) -> None:
    for answer in (served.get("/"), served.read("/"), served.read("/reports/acme"), served.read("/nonsense")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "Server" not in answer.headers
        assert "unsafe-eval" not in policy
    assert "script-src 'self';" in served.read("/").headers["Content-Security-Policy"]
    assert served.read("/reports/acme").headers["Content-Security-Policy"].startswith("sandbox allow-scripts")


# What may be asked for

ESCAPES = [
    "..",
    "../outside",
    "..%2Foutside",
    "%2e%2e%2foutside",
    "%252e%252e%252foutside",
    "acme/../../outside",
    "acme/..",
    "./acme/../../outside",
    "link",
    "link/",
    "acme%00",
    "acme%00/../../outside",
    "/etc",
    "~",
    "",
    ".",
    "%ff%fe",
    "a" * 5000,
    "..\\outside",
    "nobody",
    "acme/documents",
    "north",
    "*",
]


@pytest.mark.parametrize("name", ESCAPES)
def test_no_name_leads_out_of_the_root(served: Served, root: Path, name: str) -> None:
    assert served.read(f"/dashboards/00_start?engagement={name}").status in (400, 404)
    assert served.read(f"/reports/{name}").status in (400, 404)


def test_an_absolute_path_is_not_a_name(served: Served, root: Path) -> None:
    for path in (root / "acme", root.parent / "outside"):
        assert served.read(f"/dashboards/00_start?engagement={path}").status == 404
        assert served.read(f"/reports/{path}").status == 404


@pytest.mark.parametrize(
    "name", ["..%2f00_start", "%2e%2e/x", "00_start.ipynb/x", "9", "../notebooks/00_start", "00_start%00"]
)
def test_there_are_no_other_notebooks(served: Served, name: str) -> None:
    assert served.read(f"/dashboards/{name}?engagement=acme").status in (400, 404)


def test_an_engagement_is_named_once(served: Served) -> None:
    assert served.read("/dashboards/00_start?engagement=acme&engagement=north/two").status == 404
    assert served.read("/dashboards/00_start").status == 404


def test_an_engagement_without_an_audit_says_what_to_do(served: Served) -> None:
    answer = served.read("/dashboards/00_start?engagement=north/two")
    assert answer.status == 200
    assert "decom audit north/two" in answer.text


# What is shown


def test_the_front_page_lists_every_engagement_with_its_score(served: Served) -> None:
    text = served.read("/").text
    assert "Acme &lt;script&gt;document.title=&#39;caught&#39;&lt;/script&gt; &#34; ⟨U+202E⟩" in text
    assert "<script>" not in text
    assert "\u202e" not in text
    assert "<strong>41–73</strong>" in text
    assert "Low to High" in text
    assert "2 Jan 2026" in text
    assert 'href="/dashboards/00_start?engagement=acme"' in text
    assert 'href="/reports/acme"' in text
    assert "decom audit north/two" in text
    assert "Outside" not in text


@pytest.mark.slow
def test_a_dashboard_is_the_notebook_run_for_that_engagement(served: Served) -> None:
    answer = served.read("/dashboards/00_start?engagement=acme&x=smuggled")
    text = answer.text
    assert answer.status == 200
    assert "&#39;DECOM_FACE&#39;: &#39;dashboard&#39;" in text or "'DECOM_FACE': 'dashboard'" in text
    assert "'DECOM_ENGAGEMENT': 'acme'" in text
    assert "'DECOM_AUDIT': '20260102T030405000Z-c0ffee00'" in text
    assert "'QUERY_STRING': None" in text
    assert "token=False" in text
    assert "smuggled" not in text
    assert '<figure class="decom-chart">' in text
    assert "Acme &lt;script&gt;" in text
    assert "<script>document" not in text
    assert "&lt;b id='raw'&gt;" in text, "prose is text"
    assert text.rstrip().endswith("</html>")


def test_navigation_keeps_the_engagement(served: Served) -> None:
    text = served.read("/dashboards/00_start?engagement=acme").text
    assert 'href="/dashboards/02_slow?engagement=acme"' in text
    assert '<a href="/dashboards/01_next?engagement=acme">the next</a>' in text


def test_a_heading_that_announces_nothing_is_left_out(served: Served) -> None:
    text = served.read("/dashboards/00_start?engagement=acme").text
    assert "A form" not in text
    assert "A chart" in text


def test_a_failing_cell_says_so_once_and_takes_nothing_else_down(served: Served) -> None:
    answer = served.read("/dashboards/01_next?engagement=acme")
    assert answer.text.count("This part could not be drawn.") == 1
    assert "still here" in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert "secret of this cell" not in answer.text
    assert "ZeroDivisionError" in served.log.read_text("utf-8")


@pytest.mark.slow
def test_a_kernel_that_dies_ends_its_page_and_no_other(served: Served) -> None:
    answer = served.read("/dashboards/03_dies?engagement=acme")
    assert "The page ends here" in answer.text
    assert "never" not in answer.text
    assert answer.text.rstrip().endswith("</html>")
    assert served.read("/dashboards/01_next?engagement=acme").status == 200


def test_the_kernel_is_gone_when_its_page_is_drawn(served: Served) -> None:
    assert gone(number(served.read("/dashboards/02_slow?engagement=acme")))


def test_the_same_facts_are_drawn_once_and_changed_ones_again(served: Served, root: Path) -> None:
    first = number(served.read("/dashboards/00_start?engagement=acme"))
    assert number(served.read("/dashboards/00_start?engagement=acme")) == first
    settings = root / "acme" / "engagement.yaml"
    settings.write_text(settings.read_text("utf-8") + "# a remark\n", encoding="utf-8")
    assert number(served.read("/dashboards/00_start?engagement=acme")) != first


def test_a_reader_who_leaves_takes_the_kernel_along(served: Served) -> None:
    touched(served.root)
    with served.drawing("acme") as (shown, _):
        pid = number(shown)
        assert alive(pid)
    assert gone(pid, 1)


def test_who_finds_all_places_taken_is_told_so(served: Served, root: Path) -> None:
    for name in ("one", "two"):
        engagement(root / name, name, low=1)
    with served.drawing("one"), served.drawing("two"):
        answer = served.read("/dashboards/01_next?engagement=acme")
    assert answer.status == 503
    assert answer.headers["Retry-After"]
    assert "All places are taken" in answer.text
    assert 'http-equiv="refresh"' in answer.text


def test_a_viewer_cannot_speak_to_a_kernel(served: Served) -> None:
    """Connect to a kernel that runs, by its true id, with the token, and try to have code run."""
    from tornado.httpclient import HTTPClientError, HTTPRequest
    from tornado.websocket import websocket_connect

    async def connect(path: str, origin: str) -> int:
        headers = {"Authorization": f"Bearer {TOKEN}", "Origin": origin}
        try:
            opened = await websocket_connect(HTTPRequest(f"ws://127.0.0.1:{served.port}{path}", headers=headers))
        except HTTPClientError as error:
            return error.code
        message = {"header": {"msg_type": "execute_request"}, "channel": "shell", "content": {"code": "1"}}
        await opened.write_message(json.dumps(message))
        return 101

    touched(served.root)
    with served.drawing("acme") as (shown, response):
        kernel = re.search(r"kernel-([0-9a-f-]{36})\.json", shown.text)
        assert kernel
        for path in (
            f"/api/kernels/{kernel[1]}/channels",
            f"/voila/query/{kernel[1]}",
            f"/voila/execution/{kernel[1]}",
        ):
            for origin in (f"http://127.0.0.1:{served.port}", "http://elsewhere.example"):
                assert asyncio.run(connect(path, origin)) == 404
        (served.root / "hold-acme").unlink()
        assert kernel[1] not in response.read().decode(), "the page itself says nothing of it"


def test_the_report_is_the_engagements_newest_own_file(served: Served) -> None:
    answer = served.read("/reports/acme")
    assert "acme's report" in answer.text
    missing = served.read("/reports/north/two")
    assert missing.status == 404
    assert "decom report" in missing.text


def test_files_of_the_theme_come_packed_and_may_be_kept(served: Served) -> None:
    address = re.search(r"/static/decom\.css\?v=\w+", served.read("/").text)
    assert address
    packed = served.read(address[0], **{"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "immutable" in packed.headers["Cache-Control"]
    plain = served.read("/static/decom.css")
    assert plain.body.startswith(b"/*") or b".decom" in plain.body
    assert plain.headers["Cache-Control"] == "no-store"
    assert served.read("/static/serve.py").status == 404


def test_nothing_can_be_written(served: Served) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        for path in ("/", "/dashboards/00_start?engagement=acme", "/reports/acme", "/static/decom.css"):
            assert served.get(path, {"Authorization": f"Bearer {TOKEN}"}, method=method).status == 405


# How it begins and ends


# Tornado leaves a socket that it could not bind to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_cannot_be_served_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="there is no such folder"):
        serve(tmp_path / "nowhere")
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(InputError, match="--port 0 takes a free one"):
        serve(tmp_path, port=taken.getsockname()[1])
    monkeypatch.setitem(sys.modules, "voila", None)
    with pytest.raises(MissingExtra, match=r'pip install "decom_nb\[serve\]"'):
        serve(tmp_path)


def test_what_is_risky_is_said_at_the_start() -> None:
    def said(
        host: str = "127.0.0.1", token: str | None = TOKEN, *, open_access: bool = False, own: bool = False
    ) -> str:
        return " ".join(_warnings(host, None if open_access else token, open_access, own))

    assert said() == ""
    assert said(open_access=True) == ""
    assert "can read all of it" in said("0.0.0.0", open_access=True)
    assert "unencrypted" in said("0.0.0.0")
    assert "can be guessed" in said(token="short")
    assert "notebooks in the engagements' folders are run" in said(own=True)


@pytest.mark.parametrize(
    "how", [signal.SIGTERM, *(pytest.param(each, marks=pytest.mark.slow) for each in (signal.SIGINT, signal.SIGKILL))]
)
def test_no_process_is_left_behind(tmp_path: Path, root: Path, folder: Path, how: signal.Signals) -> None:
    touched(root)
    with serving(root, folder, tmp_path / "log") as server, server.drawing("acme") as (shown, _):
        others = {number(shown), *children(server.process.pid)}
        place = re.search("file=(.*?)/kernel-", shown.text)
        assert place
        server.process.send_signal(how)
        assert server.process.wait(15) == (0 if how != signal.SIGKILL else -9)
        assert all(gone(other) for other in others)
    if how == signal.SIGKILL:
        shutil.rmtree(place[1], ignore_errors=True)  # who is killed may not have cleaned up
    else:
        assert not Path(place[1]).exists()
        assert "Traceback" not in (tmp_path / "log").read_text("utf-8")


def touched(root: Path) -> None:
    """Change the engagement, so that its dashboards are drawn anew."""
    (root / "acme" / "documents").mkdir(exist_ok=True)
    (root / "acme" / "documents" / "brief.yaml").write_text("# changed\n")


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children(child)]
    return found
