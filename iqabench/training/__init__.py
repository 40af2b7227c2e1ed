"""One readable training loop, shared by every trained method."""
