"""Migrations of the table of drafts."""
