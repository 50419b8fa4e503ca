"""Forms made from the vocabulary: each question is shown and read by one function, so the two cannot differ."""
