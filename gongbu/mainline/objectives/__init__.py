"""规划目标: what master and special plans want, and which projects answer it (CB-01)."""
