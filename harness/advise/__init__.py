"""What a template would do in AWS, said without running it: ``harness check``."""
