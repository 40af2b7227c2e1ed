"""One campaign on a GPU: is every number right there, and how fast is it; see README.md."""
