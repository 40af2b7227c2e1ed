"""Plans, published splits and the code that made them."""
