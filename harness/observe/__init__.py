"""What CloudWatch sees of a run: the metrics of its services, and the alarms on them."""
