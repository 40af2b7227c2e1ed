"""How the shipped CKDN was made and measured: one module a step, see README.md of this folder."""
