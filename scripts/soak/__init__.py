"""Many visitors for minutes, faults and a killed server among them: what the page promises, counted. Knows the wire."""
