"""Shared by every test below this folder."""

pytest_plugins = ["pytester"]
