"""The file of a brand of one's own: written from answers, changed by what a person shows."""
