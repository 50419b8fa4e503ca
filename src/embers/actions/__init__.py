"""The only writers of entries, one module per noun."""
