"""Patterns over many incidents."""
