"""Features for models: their definitions, training sets that know nothing of later, the proof of that, and Feast."""
