"""Puts a copy of an invalid file where failed files are kept, with the reason."""
