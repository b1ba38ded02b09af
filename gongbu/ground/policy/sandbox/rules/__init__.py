"""Pure rules of the sandbox."""
