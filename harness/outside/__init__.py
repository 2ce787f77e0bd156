"""What is not in the pipeline: other AWS services, and the internet."""
