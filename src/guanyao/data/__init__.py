"""What goes in and comes out: schema, table, readers, writers, encoders, split. Knows no model."""
