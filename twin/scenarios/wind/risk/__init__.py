"""From wind to risk: demand over design, fragility, people, keep-out zones, ranked impacts; pure arrays."""
