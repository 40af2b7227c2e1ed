"""The command line: one short file per command, options to one call.

Words enter; a result on standard output, messages on standard error and an exit code leave.
Imports every other room, and none imports it.
"""
