"""主线 mainline: a project's life in order. A room imports only rooms to its left."""
