"""What a dimensional model is held to: its grain, measures, keys, joins and dimensions. `rules.py` takes the rules from here."""
