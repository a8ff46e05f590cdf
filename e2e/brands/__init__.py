"""Five whole brands, written as real ones are: of the harness they know its configuration file only."""
