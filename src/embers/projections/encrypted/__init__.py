"""A Django database engine for SQLCipher; Django finds it by this package's name."""
