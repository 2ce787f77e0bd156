"""Every change to moto, botocore and the standard library: one module each, undone on leaving."""
