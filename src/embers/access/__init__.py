"""Who may read what: handling markings, compartments, standings. Pure; the projections enforce it."""
