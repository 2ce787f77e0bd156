"""How an HTTP request reaches what is behind a REST API, an HTTP API or a function URL, and what comes back."""
