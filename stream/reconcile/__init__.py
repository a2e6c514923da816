"""Whether rows, clocks and ledger say what facts and commands say: refolded, compared, and put right."""
