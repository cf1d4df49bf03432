"""The bundled scenario files: data that people edit."""
