"""Embers: an investigation system in which every sentence walks back to signed evidence."""

__version__ = "0.1.0"
