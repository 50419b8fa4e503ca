"""Persons, units, command, protection."""
