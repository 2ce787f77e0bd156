"""What the author wrote."""
