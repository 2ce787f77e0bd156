"""Many runs: comparison now, search and shrinking later."""
