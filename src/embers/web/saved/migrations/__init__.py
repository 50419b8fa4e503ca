"""Ordinary Django migrations: accounts are kept, not computed."""
