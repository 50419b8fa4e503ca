"""Tasks, reviews by a second person, and releases, read from what people signed. Pure; the projections tabulate it."""
