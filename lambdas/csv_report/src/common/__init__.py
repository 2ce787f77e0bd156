"""What the functions of the CSV report share."""
