"""Campaigns of faults: every file call made to fail, and the power cut at every moment."""
