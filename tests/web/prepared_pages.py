"""Pages made ready for tests: the table of addresses and its models, and passwords that are quick to check."""

from __future__ import annotations

from embers.web.serve import prepare_django

prepare_django()  # tests read the table of addresses, whose pages need their models

from django.contrib.auth.hashers import Argon2PasswordHasher  # noqa: E402

# Tests log in often. The real cost is asserted in test_log_in.py.
REAL_COST = (Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.time_cost)
Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.time_cost = 64, 1
