"""What a dimensional model is held to: its grain, measures, keys, joins and dimensions. Pure: a model in, rows out."""
