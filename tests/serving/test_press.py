"""A page is drawn once for the same facts, by one reader at a time, and pages do not pile up."""

from __future__ import annotations

import asyncio
from pathlib import Path

from decom_nb.serving import press
from decom_nb.serving.press import Press, facts


def test_the_oldest_pages_make_room() -> None:
    made = Press({})
    size = press.KEPT_BYTES // 3
    for name in "abc":
        made.keep(name, b"x" * size)
    assert made.kept("a")
    made.keep("d", b"x" * size)
    assert [name for name in "abcd" if made.kept(name)] == ["a", "c", "d"]
    made.keep("e", b"x" * (press.KEPT_BYTES + 1))
    assert not any(made.kept(name) for name in "abcde")


def test_one_reader_draws_and_the_others_wait() -> None:
    made = Press({})
    drawn = []

    async def read(key: str) -> None:
        async with made.alone(key):
            if not made.kept(key):
                drawn.append(key)
                await asyncio.sleep(0.01)
                made.keep(key, b"page")

    async def readers() -> None:
        await asyncio.gather(*(read(key) for key in "aabab"))

    asyncio.run(readers())
    assert sorted(drawn) == ["a", "b"]
    assert not made._locks


def test_facts_change_with_documents_and_audits_only(tmp_path: Path) -> None:
    for folder in ("documents", "audits/1", "deliverables", "evidence"):
        (tmp_path / folder).mkdir(parents=True)
    before = facts(tmp_path)
    (tmp_path / "evidence" / "x").write_text("1")
    assert facts(tmp_path) == before
    seen = {before}
    for file in ("engagement.yaml", "documents/brief.yaml", "audits/1/audit.json"):
        (tmp_path / file).write_text("1")
        seen.add(facts(tmp_path))
    assert len(seen) == 4
