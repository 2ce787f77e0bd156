"""A first scenario file for a template, with checks that hold today: ``harness init``."""
