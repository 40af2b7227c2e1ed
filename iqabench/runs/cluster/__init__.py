"""Runs as jobs of a cluster. Submitting, waiting and requeueing are submitit's; a job computes one request."""
