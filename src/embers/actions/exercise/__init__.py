"""Building the training case: an invented country, and every record of fieldwork made by the actions people use."""
