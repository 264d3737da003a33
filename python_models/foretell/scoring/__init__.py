"""From a champion and staged rows to staged scores with reasons."""
