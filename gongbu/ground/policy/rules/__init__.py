"""Pure rules of policy: dated values, decision tables, the order of packs. Standard library and numpy only."""
