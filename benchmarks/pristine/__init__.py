"""Fits the statistics of pristine photographs that NIQE compares with."""
