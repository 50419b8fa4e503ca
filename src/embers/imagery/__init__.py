"""Scenes, product manifests, before and after panels."""
