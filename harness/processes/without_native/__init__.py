"""Put on the path of functions where awslambdaric was built without its native half."""
