"""公示与意见: something laid open to everybody for a time, what people say to it, and what became of that."""
