"""The sanity ladder: a restoration made worse on purpose must not score higher.

Photographs and methods enter; a score for every rung leaves, and the share of pairs of rungs that each method puts in
order. No label is needed, so every method can be tried on any photographs. ``docs/ladder.md`` says what it shows.
"""
