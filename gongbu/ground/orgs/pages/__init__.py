"""Pages of orgs. Each translates a request, then calls one service or query."""
