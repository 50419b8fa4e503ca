"""Captures and their verification."""
