"""Phase 8: what is tested, what is not, and how history is processed again."""
