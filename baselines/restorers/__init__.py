"""Restoration algorithms that ``iqabench synthesize`` can run: classical ones, small networks, GANs and their failures.

``catalogue`` declares them without importing anything heavy; each module holds one family.
"""
