"""Faults, each one more decision."""
