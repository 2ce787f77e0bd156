"""How events travel: notifications, fan-out, pollers, asynchronous events."""
