"""Asking people: a page of pairs to judge, and what becomes of the choices that it saves.

Enter restored images of several algorithms; leave one HTML file, and later a data set of votes with a scale of the
algorithms.
"""
