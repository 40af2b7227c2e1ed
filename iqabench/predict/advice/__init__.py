"""Which metric to trust for a task: what stored results say of agreement with people, and where metrics disagree.

Enter results of runs, or evidence that installed distributions offer; leave rows that fit, and which are level.
"""
