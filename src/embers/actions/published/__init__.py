"""Imports tables of published facts (format ``embers-demo/1``) through the ordinary actions."""
