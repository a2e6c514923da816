"""From a clock to a warning: tiers, lifecycle, policy. Imports nothing from the other rooms."""
