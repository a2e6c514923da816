"""What comes in: parsing, refusing and keeping the facts of a patient."""
