"""Functions as processes that speak the Lambda Runtime API."""
