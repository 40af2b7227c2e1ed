"""Reproduces the tables of the CKDN paper: plans in, runs shared between tables, ours beside the paper's figures."""
