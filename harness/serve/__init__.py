"""The pipeline as a local cloud: ``harness up``."""
