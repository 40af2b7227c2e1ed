"""The scoring engine: work by reference, decode once, prepare once, append as computed."""
