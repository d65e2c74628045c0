"""Sets of Rego policies that come from elsewhere: fetched, checked against their lock, kept outside of every checkout."""
