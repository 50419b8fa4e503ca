"""Neutral blocks, reports, dossiers."""
