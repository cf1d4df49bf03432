"""Many runs: execute, compare, and tell what came of it in tables and figures."""
