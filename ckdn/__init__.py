"""CKDN, the method of the paper: network, losses, recipes, variants, and the weights that ship with the package."""
