"""Names under which a request's environment holds what the server knows about it."""

#: The case the request is about.
CASE_KEY = "embers.case"
#: As whom it is read, where that is fixed; nothing for the holder of the folder.
STANDING_KEY = "embers.standing"
#: The case's accounts, where the server has any.
ACCOUNTS_KEY = "embers.accounts"
#: Where the addresses of the API begin. They are asked with a token and answered in JSON, errors included.
API_ROOT = "/api/"
#: Where the addresses for phones begin. They are asked with a token as a password, and answered in XML.
OPENROSA_ROOT = "/api/openrosa/"
