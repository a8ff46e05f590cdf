"""Benchmarks: how fast the harness is beside bare twins and beside peers, all measured in one run.

``./run bench`` runs them. Nothing here is asserted in tests: only that every row is measured.
"""
