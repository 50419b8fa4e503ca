"""The tasks people do most often, done through the pages in a browser."""
