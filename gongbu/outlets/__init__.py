"""出口: what people open first and what leaves the house. Outlets read every room and write none."""
