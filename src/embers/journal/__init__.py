"""The journal: signed entries in one tile log per device."""
