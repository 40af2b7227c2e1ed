"""The networks of the metrics that are trained, one file each, imported when such a metric is built.

A class of ``torch.nn`` needs torch where it is defined; the metric's own file, in ``full_reference`` or
``no_reference``, declares it without.
"""
