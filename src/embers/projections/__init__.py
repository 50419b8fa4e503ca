"""Disposable tables computed from the journal; the first layer that knows Django."""
