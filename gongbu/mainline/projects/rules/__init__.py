"""Pure rules of projects: code, secrecy, lifecycle, totals, facts. Standard library only."""
