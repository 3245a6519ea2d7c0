"""What reports on clients say: sales, concentration, risks, receivables, contracts, one client's story."""
