"""Reads a job's file from end to end and says what is in it."""
