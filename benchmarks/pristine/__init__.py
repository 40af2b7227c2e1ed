"""Fits the statistics of pristine photographs that NIQE and IL-NIQE compare with."""
