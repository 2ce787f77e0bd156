"""Starts one execution of the workflow for each job."""
