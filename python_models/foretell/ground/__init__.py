"""Plain values that every part needs: names of relations and columns, kinds, features, recipes."""
