"""Sessions in the database, as Django keeps them, read by a prepared statement: every request does it."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models.functions import Now

from gongbu.ground.basics.prepared import Prepared

# The database's own clock: a session ends in real time, whatever day a simulation shows.
_SESSION = Prepared(lambda key: Session.objects.filter(session_key=key, expire_date__gt=Now()))


class SessionStore(db.SessionStore):
    """Django's store; only the read differs."""

    def _get_session_from_db(self) -> Session | None:
        found = _SESSION.first(self.session_key or "")
        if found is None:
            self._session_key = None
        return found
