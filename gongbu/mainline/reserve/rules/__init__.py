"""Rules of the reserve. Pure: dataclasses in, findings out; amounts are whole fen, ratios Decimal in 0–1."""
