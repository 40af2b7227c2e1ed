"""Time and memory of whole commands against the size of what they read; see README.md in this folder."""
