"""Data under lock: envelope encryption, keys, storage, backup."""
