"""The architecture room, phase 1: the brief, four decisions with their reasons, growth, and records of decisions."""
