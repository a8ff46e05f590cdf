"""Real browsers: which are here, under which conditions they run, and how a person uses them."""
