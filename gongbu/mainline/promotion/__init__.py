"""招商与盘活: investment leads with a named agent, idle assets, projects offered to private capital (JC-13, JC-32)."""
