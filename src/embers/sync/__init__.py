"""Exchange between copies of a case: the same verified bytes over HTTPS, a bucket or a folder."""
