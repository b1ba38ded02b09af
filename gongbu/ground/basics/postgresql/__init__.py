"""Django's PostgreSQL backend that tells the server how far each statement may reach (see ``base``)."""
