"""Tables of others into the case, and the case into tables: one row of a sheet is a few signed assertions."""
