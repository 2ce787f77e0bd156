"""What must be true: the checks under ``then``."""
