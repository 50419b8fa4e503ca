"""What can be said: kinds of subject, predicates, codes. Vocabulary is data, checked by code."""
