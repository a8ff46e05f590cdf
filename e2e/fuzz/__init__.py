"""Fuzzing: every reader of foreign octets is given what nobody would send; only its own errors may leave.

``./run fuzz N`` runs N inputs against each target. What was found once is in ``corpus``; tests replay it.
"""
