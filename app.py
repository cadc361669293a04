"""Entry point: page config and navigation, nothing else. Run with `streamlit run app.py`."""

from ui.late_requests import drop_late_requests
from ui.navigation import navigate
from ui.warm_up import clear_up

drop_late_requests()
navigate()
clear_up()
