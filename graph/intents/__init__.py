"""What a message is about: utterances, the model trained on them, and the classifier."""
