"""Tells the operators, once for each file, how it ended."""
