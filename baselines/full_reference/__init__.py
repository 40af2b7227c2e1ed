"""Metrics that compare the restored image with a reference, one file each; importing a file imports no torch."""
