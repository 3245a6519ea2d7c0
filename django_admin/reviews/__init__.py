"""Reading people's conversations to make answers better: triage, transcript, notes, labels, access log."""
