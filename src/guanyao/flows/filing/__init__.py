"""What people do with filings: a room, its acts, and everything that goes into a dossier."""
