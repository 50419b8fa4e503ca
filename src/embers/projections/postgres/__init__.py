"""A Django database engine for the tables of a case and its accounts on PostgreSQL."""
