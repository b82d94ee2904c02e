"""Data contracts: as documents, in the Open Data Contract Standard, their differences, and how they are held."""

from __future__ import annotations

from decom_nb.contract.model import Contract
from decom_nb.contract.odcs import OdcsContract, read_odcs
from decom_nb.contract.validity import Validity, validity

__all__ = ["Contract", "OdcsContract", "Validity", "read_odcs", "validity"]
