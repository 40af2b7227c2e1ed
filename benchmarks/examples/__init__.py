"""Examples that take minutes to run, with figures of their own."""
