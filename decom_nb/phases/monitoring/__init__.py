"""Phase 7: how the pipelines are doing, and what should wake whom."""
