"""The readers that are fuzzed, by what they take in."""
