"""The functions behind the users API."""
