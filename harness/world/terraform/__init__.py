"""What Terraform planned, as a template: see ``translate``."""
