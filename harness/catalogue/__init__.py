"""The catalogue, as data: what every code means (``codes``) and what every fault is (``faults``)."""
