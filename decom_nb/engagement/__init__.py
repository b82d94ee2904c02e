"""An engagement: one client's assessment as a folder of plain files. Every command and notebook opens one.

engagement.yaml     name, client, where further evidence lies, weights
documents/          what people filled in; a document of which there are many has a folder of its own
evidence/           what was collected: dbt artifacts and run logs; this version reads nothing else
audits/<id>/        results, never changed
deliverables/       what was generated for use
"""

from __future__ import annotations

from decom_nb.engagement.folder import Engagement
from decom_nb.engagement.portfolio import engagements, within
from decom_nb.engagement.settings import Pointer, Settings

__all__ = ["Engagement", "Pointer", "Settings", "engagements", "within"]
