"""Pictures: the Dash app, and the command line that starts everything."""
