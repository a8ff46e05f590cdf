"""What leaves a run: the result model and its renderings."""
