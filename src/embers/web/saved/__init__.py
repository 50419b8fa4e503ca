"""Saved searches, kept in ``app.sqlite3``: they are nobody's evidence and do not travel."""
