"""What the scenario does: the steps under ``when``."""
