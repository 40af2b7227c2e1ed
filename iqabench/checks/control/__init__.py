"""The wrong-reference control: does a method that compares agree with the labels because of what it is shown?

Labelled images and methods enter; agreement leaves, with the right degraded image, with that of another content, and
with the restored image in its place. ``docs/ladder.md`` says how to read it.
"""
