"""The rubric as data: tables/rubric.yaml, loaded once."""

from __future__ import annotations

from pathlib import Path

from decom_nb import knowledge
from decom_nb.score import Rubric

RUBRIC = knowledge.load(Rubric, Path(__file__).parent / "tables" / "rubric.yaml")
