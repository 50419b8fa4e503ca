"""Exports of other systems of the field, brought in as tables."""
