"""A written model held against the tables that it is made from: grain, natural keys, levels, foreign keys, counted exactly."""
