"""Pure rules of orgs: building regions from editions of codes, credit code check, password rules, separation."""
