"""One run of a campaign: a `Scenario` in, a `RunResult` out."""
