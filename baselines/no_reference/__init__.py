"""Metrics that look at the restored image alone, one file each; importing a file imports no torch."""
