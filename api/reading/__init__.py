"""From the read model and the present moment to answers: clocks, alerts, counts, and how far they reach."""
