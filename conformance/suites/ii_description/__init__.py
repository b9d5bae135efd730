"""Cases whose id begins with `II`: envelope, tokens, rights, signatures (chapter II of the document)."""
