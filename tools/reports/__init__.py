"""Reports as HTML, PDF and XLSX: one typed content, three renderers, and a store for the files."""
