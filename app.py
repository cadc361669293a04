"""Entry point: navigation, and what must be in order before and after a page. Run with `streamlit run app.py`."""

from recsys_core.jobs.threads.arenas import share_arenas
from ui.kept_answers import keep_answers
from ui.late_requests import drop_late_requests
from ui.navigation import navigate
from ui.sending import send_together
from ui.session_lock import share_session_locks

share_arenas()
drop_late_requests()
share_session_locks()
keep_answers()
send_together()
navigate()
