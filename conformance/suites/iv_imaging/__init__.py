"""Cases whose id begins with `IV`: temperatures, objects, pictures, the matrix, the shutter."""
