"""Pure rules of the whole house."""
