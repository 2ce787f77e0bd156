"""Compares a file's columns with those a report needs."""
