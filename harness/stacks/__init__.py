"""CloudFormation's API in front of the harness's own deployer."""
