"""What every room may use: files, records, locks, devices, processes, signals, errors, progress, text.

Nothing here knows what a metric, a data set or a run is.
It imports no other room.
"""
