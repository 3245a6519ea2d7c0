"""What runs stream: mapped, kept, stored, and followed from any instance."""
