"""Accounts of people who use the web application of a case: log-in, second factors, sessions."""
