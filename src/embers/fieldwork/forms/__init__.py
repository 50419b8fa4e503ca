"""Forms for phones: what they ask, as XLSForm and XForm, and what a filled one says in the words of the vocabulary."""
