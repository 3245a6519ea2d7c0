"""The processes of NaruTalk: FastAPI services, and what starts them."""
