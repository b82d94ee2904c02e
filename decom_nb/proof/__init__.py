"""Loads that prove themselves: run again, late, doubled, changed, killed between statements, and compared row by row."""
