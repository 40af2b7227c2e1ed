"""A static site of leaderboards: one page, complete in itself."""
