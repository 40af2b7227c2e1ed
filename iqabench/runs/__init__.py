"""Plans and executes method x reference x data set x split, in this process or on a cluster.

A request enters; scores in a results folder and a summary leave.
Imports ``checks``, ``render`` and what is below them.
"""
