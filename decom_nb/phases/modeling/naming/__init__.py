"""How things are named: conventions as data, names held to them, corrected names, and renames as SQL."""
