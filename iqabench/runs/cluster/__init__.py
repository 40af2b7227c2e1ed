"""Runs as jobs of a cluster. Submitting, waiting and requeueing are submitit's; what a job does is one command."""
