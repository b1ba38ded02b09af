"""驾驶舱: one page for a leader: totals, funnel, structure, gaps of the reserve, the year's lists, what moved this month."""
