"""Copies to look at: what people see of preserved material, made anew on demand and never kept as evidence."""
