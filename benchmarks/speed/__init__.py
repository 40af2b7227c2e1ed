"""Speed, measured: ours and the peers side by side on the same files; see README.md in this folder."""
