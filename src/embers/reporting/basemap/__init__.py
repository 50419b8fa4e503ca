"""The offline base map of reports: packaged Natural Earth lines, see README.md here for source and policy."""
