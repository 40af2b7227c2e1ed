"""Published splits, as CSV files that say for themselves which image trains and which judges."""
