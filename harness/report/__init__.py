"""What the reader sees; made from the trace and the scenario alone."""
