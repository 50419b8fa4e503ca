"""Custody: acquisition, custody events, packages."""
