"""The catalogue, as data: what every code (``codes``), fault (``faults``) and word (``glossary``) means."""
