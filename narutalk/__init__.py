"""The ground floor of NaruTalk: what every other package may import."""
