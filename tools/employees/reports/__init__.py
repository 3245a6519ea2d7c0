"""Performance reports as HTML, PDF and XLSX: one typed content, three writers, a store for the files."""
