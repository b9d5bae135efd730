"""Cases whose id begins with `III`: the configurations of chapter III, stored, shown, refused."""
