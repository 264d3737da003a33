"""From matured rows to a champion: candidates, temporal backtest, selection."""
