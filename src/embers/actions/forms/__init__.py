"""Taking in forms filled in on phones, sent by them or read back from the exports of other servers."""
