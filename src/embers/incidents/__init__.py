"""Incidents and the claims made about them."""
