"""Looks at an uploaded file; sends it on as a job, or rejects it."""
