"""The API: the same case, the same actions and the same guard as the pages, in JSON. Begins at ``/api/v1``."""
