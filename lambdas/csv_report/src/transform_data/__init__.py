"""Computes the revenue of each row and writes the report."""
