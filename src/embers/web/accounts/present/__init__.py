"""A Django database engine that is whichever case's accounts the present request is about."""

from contextvars import ContextVar

#: The name of the database of the present request's accounts.
PRESENT: ContextVar[str] = ContextVar("accounts of the present request")
