"""What stands there: the template, deployed into the embedded cloud."""
