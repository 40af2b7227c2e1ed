"""What every room may use: files, records, locks, devices, processes, signals, errors, text, the registry of plugins.

Nothing here knows what a metric, a data set or a run is.
It imports no other room.
"""
